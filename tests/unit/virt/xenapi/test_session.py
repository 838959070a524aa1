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


import socket
import threading
from unittest import mock

import ddt
from nova import objects
from nova.compute import utils as compute_utils

from nova_vgpu_ext.virt.xenapi import errors
from nova_vgpu_ext.virt.xenapi import session as xen_session
from tests.unit.virt.xenapi import base

READ = 'host.get_all'
WRITE = 'task.create'


@ddt.ddt
class SessionTest(base.SimulatorTestCase):
    def setUp(self):
        super().setUp()
        self.simulate(base.TWO_HOSTS)
        patched = mock.patch.object(xen_session, '_FIRST_PAUSE', 0.01)
        patched.start()
        self.addCleanup(patched.stop)

    def sessions(self):
        return len(self.rows('session'))

    # The usual way

    @ddt.data('http', 'https')
    def test_calls(self, scheme):
        url = self.simulator.url(scheme=scheme)
        session = self.session(url=url)
        self.assertEqual(2, len(session.call(READ)))
        session.call(WRITE, 'label', '')
        self.assertEqual(1, self.called('session.login_with_password'))
        session.close()
        self.assertEqual(0, self.sessions())

    def test_any_member_leads_to_the_coordinator(self):
        session = self.session('h2')
        self.assertEqual(2, len(session.call(READ)))
        self.assertEqual(2, self.called('session.login_with_password'))
        self.assertEqual(1, self.sessions())

    def test_many_threads_share_few_sessions(self):
        session = self.session()
        threads = [
            threading.Thread(target=session.call, args=[READ])
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(8, self.called(READ))
        self.assertLessEqual(self.sessions(), 2)

    def test_refusal(self):
        session = self.session()
        error = self.assertRaises(
            errors.Refused, session.call, 'VM.get_record', 'OpaqueRef:none'
        )
        self.assertEqual('HANDLE_INVALID', error.refusal)
        self.assertEqual(['VM', 'OpaqueRef:none'], error.parameters)
        self.assertEqual(
            'XenServer refused VM.get_record with HANDLE_INVALID.', str(error)
        )

    def test_refusal_as_the_fault_of_an_instance(self):
        objects.register_all()
        fault = objects.InstanceFault()
        error = errors.Refused('VM.start_on', ['SR_FULL', '1'])
        fault.update(compute_utils.exception_to_dict(error))
        self.assertEqual(500, fault.code)
        self.assertEqual(
            'XenServer refused VM.start_on with SR_FULL.', fault.message
        )

    # What goes wrong

    def assert_unreachable(self, session, words):
        error = self.assertRaises(errors.Unreachable, session.call, READ)
        self.assertIn(words, error.sentence)
        self.assertTrue(error.sentence.endswith('.'))
        self.assertIn(error.sentence, self.log.output)
        # What users may see:
        self.assertNotIn('127.0.0.1', str(error))

    def test_wrong_password(self):
        session = self.session(password='a bad one')
        self.assert_unreachable(session, 'does not accept user')
        self.assertNotIn('a bad one', self.log.output)

    def test_nobody_there(self):
        with socket.create_server(('127.0.0.1', 0)) as unused:
            port = unused.getsockname()[1]
        session = self.session(url=f'https://127.0.0.1:{port}')
        self.assert_unreachable(session, 'connection refused')

    def test_no_such_name(self):
        session = self.session(url='https://no.such.name.invalid')
        with mock.patch('socket.getaddrinfo', side_effect=socket.gaierror):
            self.assert_unreachable(session, 'its name can not be resolved')

    def test_does_not_answer(self):
        with socket.create_server(('127.0.0.1', 0)) as silent:
            port = silent.getsockname()[1]
            session = self.session(
                url=f'https://127.0.0.1:{port}', login_timeout=1
            )
            self.assert_unreachable(session, 'does not answer in time')

    def test_unknown_certificate(self):
        session = self.session(cafile=None)
        self.assert_unreachable(session, 'certificate is not trusted')
        self.assertIn('[xenserver] cafile', self.log.output)

    def test_certificate_of_another_host(self):
        url = self.simulator.url().replace('127.0.0.1', '127.0.0.2')
        with mock.patch('socket.create_connection') as connect:
            port = int(url.rpartition(':')[2])
            real = socket.socket()
            real.connect(('127.0.0.1', port))
            connect.return_value = real
            self.assert_unreachable(
                self.session(url=url), 'certificate is not trusted'
            )

    def test_insecure(self):
        session = self.session(cafile=None, insecure=True)
        self.assertEqual(2, len(session.call(READ)))

    def test_no_tls(self):
        with socket.create_server(('127.0.0.1', 0)) as plain:
            port = plain.getsockname()[1]
            threading.Thread(target=self._chat, args=[plain]).start()
            session = self.session(url=f'https://127.0.0.1:{port}')
            self.assert_unreachable(session, 'does not speak TLS')

    def test_no_xenserver(self):
        with socket.create_server(('127.0.0.1', 0)) as plain:
            port = plain.getsockname()[1]
            threading.Thread(target=self._chat, args=[plain]).start()
            session = self.session(url=f'http://127.0.0.1:{port}')
            self.assert_unreachable(session, 'is no XenServer host')

    def _chat(self, server):
        client, _ = server.accept()
        with client:
            client.recv(1000)
            client.sendall(b'220 Hello, this is a mail server.\r\n')

    def test_booting_host(self):
        self.simulator.faults.fail(
            'HOST_STILL_BOOTING', method='session.login*'
        )
        self.assert_unreachable(self.session(), 'HOST_STILL_BOOTING')

    def test_members_that_point_at_each_other(self):
        address = self.simulator.url(self.host_uuid('h2')).partition('//')[2]
        self.simulator.faults.slave(address, 'session.login*', times=99)
        self.assert_unreachable(self.session(), 'No member')

    # What is repeated, and what isn't

    @ddt.data(READ, WRITE)
    def test_lost_session(self, method):
        session = self.session()
        session.call(READ)
        self.simulator.faults.lose_session(method)
        session.call(method, *['label', ''][: 2 * (method == WRITE)])
        self.assertEqual(2, self.called('session.login_with_password'))
        self.assertEqual(1, self.sessions())

    @ddt.data(READ, WRITE)
    def test_new_coordinator(self, method):
        session = self.session()
        session.call(READ)
        self.pool.call(
            'pool.designate_new_master',
            *[r for r, h in self.rows('host').items()][1:],
        )
        self.assertTrue(
            session.call(method, *['label', ''][: 2 * (method == WRITE)])
        )

    def test_session_with_the_former_coordinator_is_ended(self):
        session = self.session()
        session.call(READ)
        address = self.simulator.url().partition('//')[2]
        self.simulator.faults.slave(address, READ)
        session.call(READ)
        self.assertEqual(2, self.called('session.login_with_password'))
        self.assertEqual(1, self.sessions())

    @ddt.data(READ, WRITE)
    def test_host_that_was_cut_off(self, method):
        session = self.session()
        arguments = ['label', ''][: 2 * (method == WRITE)]
        session.call(READ)
        self.simulator.faults.cut_off()
        self.assertRaises(
            (errors.ConnectionBroke, errors.Unreachable),
            session.call,
            method,
            *arguments,
        )
        self.assertRaises(errors.Unreachable, session.call, WRITE, 'a', '')
        self.simulator.faults.clear()
        session.call(method, *arguments)
        self.assertEqual(1, self.sessions())

    @ddt.data(READ, WRITE)
    def test_coordinator_that_dies(self, method):
        session = self.session('h2')
        session.call(READ)
        (new,) = (
            ref
            for ref, host in self.rows('host').items()
            if host['name_label'] == 'h2'
        )
        self.pool.call('pool.designate_new_master', new)
        self.simulator._members[self.host_uuid('h1')].stop()
        self.assertTrue(
            session.call(method, *['label', ''][: 2 * (method == WRITE)])
        )

    @ddt.data(True, False)
    def test_broken_read_is_repeated(self, after):
        session = self.session()
        self.simulator.faults.drop(READ, times=2, after=after)
        self.assertEqual(2, len(session.call(READ)))
        self.assertEqual(3, self.called(READ))
        self.assertEqual(1, self.sessions())

    def test_read_that_breaks_always(self):
        session = self.session()
        self.simulator.faults.drop(READ, times=99)
        self.assertRaises(errors.ConnectionBroke, session.call, READ)
        self.assertEqual(3, self.called(READ))

    @ddt.data((True, 1), (False, 0))
    @ddt.unpack
    def test_broken_write_is_not_repeated(self, after, done):
        session = self.session()
        self.simulator.faults.drop(WRITE, after=after)
        error = self.assertRaises(
            errors.ConnectionBroke, session.call, WRITE, 'label', ''
        )
        self.assertIn(f'during {WRITE}', str(error))
        self.assertEqual(1, self.called(WRITE))
        self.assertEqual(done, len(self.rows('task')))

    def test_slow_call(self):
        session = self.session(running_timeout=1)
        self.simulator.faults.delay(3, WRITE)
        self.assertRaises(
            errors.ConnectionBroke, session.call, WRITE, 'label', ''
        )

    def test_timeout_of_one_call(self):
        session = self.session()
        self.simulator.faults.delay(3, WRITE)
        self.assertRaises(
            errors.ConnectionBroke,
            session.call,
            WRITE,
            'label',
            '',
            timeout=0.5,
        )
        session.call(WRITE, 'label', '')

    def test_write_after_the_server_has_closed_an_idle_connection(self):
        session = self.session()
        session.call(READ)
        for connection in session._connections:
            if connection._transport and connection._transport._connection[1]:
                sock = connection._transport._connection[1].sock
                sock.shutdown(socket.SHUT_RDWR)
        session.call(WRITE, 'label', '')
        self.assertEqual(1, len(self.rows('task')))

    # Removal

    def test_remove(self):
        session = self.session()
        task = session.call(WRITE, 'label', '')
        self.simulator.faults.drop('task.destroy', after=True)
        session.remove('task.destroy', task)
        session.remove('task.destroy', task)
        self.assertEqual({}, self.rows('task'))

    def test_remove_what_is_busy(self):
        session = self.session()
        task = session.call(WRITE, 'label', '')
        self.simulator.faults.fail(
            'OTHER_OPERATION_IN_PROGRESS', method='task.destroy', times=3
        )
        session.remove('task.destroy', task)
        self.assertEqual({}, self.rows('task'))

    def test_remove_what_stays_busy(self):
        session = self.session(running_timeout=1)
        task = session.call(WRITE, 'label', '')
        self.simulator.faults.fail(
            'VDI_IN_USE', method='task.destroy', times=99999
        )
        self.assertRaises(errors.Refused, session.remove, 'task.destroy', task)

    # Secrets

    def test_no_secrets_in_refusals(self):
        session = self.session()
        session.call(READ)
        (secret,) = self.rows('session')
        password = self.pool.settings.password
        self.simulator.faults.fail('ODD', f'{secret} {password}', method=READ)
        error = self.assertRaises(errors.Refused, session.call, READ)
        self.assertEqual(['*** ***'], error.parameters)

    def test_no_secrets_in_sight(self):
        session = self.session()
        session.call(READ)
        (secret,) = self.rows('session')
        for thing in (session, session.settings, *session._connections):
            self.assertNotIn(secret, f'{thing!r} {thing}')
            self.assertNotIn(self.pool.settings.password, f'{thing!r}')
