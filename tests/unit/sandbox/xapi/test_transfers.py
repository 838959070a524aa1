# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

import contextlib
import hashlib
import http.client
import socket
import time
import urllib.parse

import ddt

from nova_vgpu_ext.sandbox.xapi import records
from nova_vgpu_ext.sandbox.xapi import vhd
from tests.unit.sandbox.xapi import base

MIB = 2**20
CONTENT = b'a' * MIB + bytes(MIB) + b'z' * 1000
TWO = {
    'hosts': [{'name': 'h1'}, {'name': 'h2'}],
    'storage': [
        {'name': 'one', 'hosts': ['h1'], 'size_gib': 1},
        {'name': 'two', 'hosts': ['h2'], 'size_gib': 1},
    ],
}


@ddt.ddt
class TransferTestCase(base.SimulatorTestCase):
    def setUp(self):
        super().setUp()
        self.serve(TWO)
        self.session = self.log_in()
        self.xapi = self.session.xenapi
        self.vdi = self.disk(len(CONTENT))
        self.task = self.xapi.task.create('import', '')

    def connect(self, host='h1'):
        uuid = self.row('host', self.named('host', host))['uuid']
        address = urllib.parse.urlsplit(self.simulator.url(uuid)).netloc
        connection = http.client.HTTPSConnection(
            address, context=self.context()
        )
        self.addCleanup(connection.close)
        return connection

    def path(self, name, **query):
        query = {'session_id': self.session.handle, 'vdi': self.vdi, **query}
        query = {key: value for key, value in query.items() if value}
        return f'/{name}?{urllib.parse.urlencode(query)}'

    def put(self, body=CONTENT, host='h1', headers=None, **query):
        """Send headers; once they are welcome, the body."""
        connection, response = self.begin(len(body), host, headers, **query)
        if response.status == 200:
            with contextlib.suppress(OSError):
                connection.send(body)
                response.read()
        return response

    def begin(self, length, host='h1', headers=None, **query):
        connection = self.connect(host)
        query = {'task_id': self.task, **query}
        connection.putrequest('PUT', self.path('import_raw_vdi', **query))
        headers = {'Content-Length': str(length), **(headers or {})}
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.response_class(connection.sock, method='PUT')
        response.begin()
        return connection, response

    def get(self, **query):
        connection = self.connect()
        connection.request('GET', self.path('export_raw_vdi', **query))
        response = connection.getresponse()
        return response.status, response.read()

    def outcome(self):
        while self.xapi.task.get_status(self.task) == 'pending':
            time.sleep(0.01)
        record = self.xapi.task.get_record(self.task)
        return [record['status'], *record['error_info']]

    def stored(self):
        uuid = self.row('VDI', self.vdi)['uuid']
        return self.pool.disks.sha256(uuid, len(CONTENT))

    def assert_stored(self):
        self.assertEqual(['success'], self.outcome())
        self.assertEqual(hashlib.sha256(CONTENT).hexdigest(), self.stored())
        self.assertEqual({}, self.pool.db.tables['VBD'])

    def packed(self):
        pieces = CONTENT.ljust(4 * MIB, b'\0')
        return b''.join(
            vhd.pack(
                lambda: (
                    pieces[start : start + MIB]
                    for start in range(0, 4 * MIB, MIB)
                ),
                4 * MIB,
            )
        )

    # In

    def test_raw(self):
        response = self.put()
        self.assertEqual(200, response.status)
        self.assertEqual(self.task, response.getheader('task-id'))
        self.assert_stored()
        result = self.xapi.task.get_result(self.task)
        self.assertEqual(f'<value>{self.vdi}</value>', result)
        self.assertEqual(
            str(MIB + 1000), self.xapi.VDI.get_physical_utilisation(self.vdi)
        )

    def test_vhd(self):
        self.put(self.packed(), format='vhd')
        self.assert_stored()

    def test_by_uuid(self):
        self.put(vdi=self.row('VDI', self.vdi)['uuid'])
        self.assert_stored()

    def test_into_storage(self):
        self.put(
            vdi=None, sr_uuid=self.row('SR', self.named('SR', 'one'))['uuid']
        )
        self.assertEqual(['success'], self.outcome())
        result = self.xapi.task.get_result(self.task)
        self.vdi = result.removeprefix('<value>').removesuffix('</value>')
        self.assertEqual(hashlib.sha256(CONTENT).hexdigest(), self.stored())

    def test_session_in_a_cookie(self):
        cookie = f'session_id={self.session.handle}; a=b'
        self.put(session_id=None, headers={'Cookie': cookie})
        self.assert_stored()

    def test_answer_comes_first(self):
        connection, response = self.begin(len(CONTENT))
        self.assertEqual(200, response.status)
        self.assertEqual('pending', self.xapi.task.get_status(self.task))
        connection.send(CONTENT)
        self.assert_stored()

    def test_no_session(self):
        self.assertEqual(401, self.put(session_id='x').status)
        self.assertEqual('pending', self.xapi.task.get_status(self.task))

    def test_unknown_disk(self):
        self.assertEqual(500, self.put(vdi='x').status)

    def test_no_disk_at_all(self):
        self.assertEqual(400, self.put(vdi=None).status)
        self.assertEqual(['failure', 'VDI_MISSING'], self.outcome())

    @ddt.data(
        ({'format': 'qcow3'}, {}, 'Unknown format qcow3'),
        ({'format': 'vhd', 'chunked': '1'}, {}, 'Cannot handle chunked VHD'),
        (
            {},
            {'Transfer-Encoding': 'chunked'},
            'Cannot handle encoding: chunked',
        ),
    )
    @ddt.unpack
    def test_refused(self, query, headers, reason):
        response = self.put(b'', headers=headers, **query)
        self.assertEqual(404, response.status)
        self.assertEqual(['failure', 'INTERNAL_ERROR', reason], self.outcome())

    def test_no_length(self):
        address = self.connect().host, self.connect().port
        path = self.path('import_raw_vdi', task_id=self.task)
        with socket.create_connection(address) as plain:
            plain.sendall(f'PUT {path} HTTP/1.1\r\n\r\n'.encode())
            self.assertIn(b' 400 ', plain.recv(100))
        self.assertEqual('failure', self.outcome()[0])

    def assert_broken(self):
        self.assertEqual(
            ['failure', 'VDI_IO_ERROR', 'Device I/O errors'], self.outcome()
        )
        self.assertEqual({}, self.pool.db.tables['VBD'])

    def test_disk_too_small(self):
        self.vdi = self.disk(1)
        self.put(CONTENT + CONTENT)
        self.assert_broken()

    def test_disk_too_small_for_vhd(self):
        self.vdi = self.disk(1)
        self.put(self.packed(), format='vhd')
        self.assert_broken()

    def test_no_vhd(self):
        self.put(format='vhd')
        self.assert_broken()

    def test_vhd_that_ends_early(self):
        self.put(self.packed()[:5000], format='vhd')
        self.assert_broken()

    def test_storage_full(self):
        sr = self.named('SR', 'one')
        self.pool.db.write('SR', sr, physical_size=MIB)
        self.put()
        self.assert_broken()

    def test_broken_off(self):
        self.simulator.faults.cut(MIB)
        self.put()
        self.assert_broken()

    def test_client_goes_away(self):
        connection, _ = self.begin(len(CONTENT))
        connection.send(CONTENT[:1000])
        connection.sock.shutdown(socket.SHUT_RDWR)
        self.assert_broken()

    def test_cancelled(self):
        connection, _ = self.begin(len(CONTENT))
        self.xapi.task.cancel(self.task)
        with contextlib.suppress(OSError):
            connection.send(CONTENT)
        while self.xapi.task.get_status(self.task) == 'cancelling':
            time.sleep(0.01)
        self.assertEqual(
            ['cancelled', 'TASK_CANCELLED', self.task], self.outcome()
        )

    def test_disk_in_use(self):
        vm = self.vm()
        self.call('VBD.create', records.vbd(vm, self.vdi))
        self.start(vm)
        self.assertEqual(200, self.put().status)
        self.assertEqual(['failure', 'VDI_IN_USE', self.vdi], self.outcome())

    def test_disk_is_kept_meanwhile(self):
        connection, _ = self.begin(len(CONTENT))
        while not self.pool.db.tables['VBD']:
            time.sleep(0.01)
        self.refused(
            ['VDI_IN_USE', self.vdi, 'destroy'], 'VDI.destroy', self.vdi
        )
        connection.send(CONTENT)
        self.assert_stored()

    def test_storage_of_another_host(self):
        response = self.put(host='h2')
        self.assertEqual(302, response.status)
        where = response.getheader('Location')
        first = self.simulator.url()
        self.assertTrue(where.startswith(f'{first}/import_raw_vdi?'))
        self.put()
        self.assert_stored()

    def test_storage_of_no_host(self):
        for pbd in self.row('SR', self.named('SR', 'one'))['PBDs']:
            self.call('PBD.unplug', pbd)
        self.assertEqual(400, self.put().status)
        self.assertEqual('SR_HAS_NO_PBDS', self.outcome()[1])

    # Out

    def test_out_raw(self):
        self.put()
        status, body = self.get()
        self.assertEqual(200, status)
        self.assertTrue(body == CONTENT.ljust(4 * MIB, b'\0'))

    def test_out_vhd(self):
        self.put()
        self.assertTrue(self.get(format='vhd')[1] == self.packed())

    def test_out_refused(self):
        self.assertEqual(404, self.get(format='tar')[0])
        self.assertEqual(401, self.get(session_id='x')[0])

    def test_out_in_use(self):
        vm = self.vm()
        self.call('VBD.create', records.vbd(vm, self.vdi))
        self.start(vm)
        self.assertEqual(500, self.get()[0])

    # Others

    def test_no_such_page(self):
        connection = self.connect()
        for method in ('GET', 'PUT', 'CONNECT'):
            connection.request(method, '/nowhere')
            response = connection.getresponse()
            response.read()
            self.assertEqual(404, response.status)

    def test_console(self):
        vm = self.started()
        first = self.row('VM', vm)['consoles'][0]
        location = self.xapi.console.get_location(first)
        path = location.removeprefix(self.simulator.url())
        path += f'&session_id={self.session.handle}'
        address = self.connect().host, self.connect().port
        with socket.create_connection(address) as plain:
            plain.sendall(f'CONNECT {path} HTTP/1.0\r\n\r\n'.encode())
            answer = b''
            while b'RFB' not in answer:
                answer += plain.recv(1000)
            self.assertIn(b' 200 OK', answer)

    def test_no_such_console(self):
        connection = self.connect()
        path = f'/console?uuid=x&session_id={self.session.handle}'
        connection.request('CONNECT', path)
        self.assertEqual(404, connection.getresponse().status)
