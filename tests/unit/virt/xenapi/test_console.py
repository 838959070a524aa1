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

import ddt
import nova.conf
from nova import exception

from tests.unit.virt.xenapi import driver_base

CONF = nova.conf.CONF
BANNER = b'RFB 003.003\n'


def received(sock, count):
    """So many bytes, or fewer at the end."""
    data = b''
    while len(data) < count and (piece := sock.recv(count - len(data))):
        data += piece
    return data


@ddt.ddt
class ConsoleTest(driver_base.DriverTestCase):
    def setUp(self):
        super().setUp()
        self.simulate()
        self.xen = self.driver()
        self.one = self.instance()
        self.spawn(self.xen, self.one)

    def console(self):
        return self.xen.get_vnc_console(None, self.one)

    def connect(self, port, path):
        """What Nova's VNC proxy does; gives back socket and status line."""
        client = socket.create_connection(('127.0.0.1', port), timeout=5)
        self.addCleanup(client.close)
        client.sendall(f'CONNECT {path} HTTP/1.1\r\n\r\n'.encode())
        head = b''
        while not head.endswith(b'\r\n\r\n'):
            byte = client.recv(1)
            if not byte:
                break
            head += byte
        return client, head.partition(b'\r\n')[0]

    def test_leads_to_the_screen(self):
        console = self.console()
        self.assertEqual(CONF.vnc.server_proxyclient_address, console.host)
        client, status = self.connect(
            console.port, console.internal_access_path
        )
        self.assertEqual(b'HTTP/1.1 200 OK', status)
        self.assertEqual(BANNER, received(client, len(BANNER)))
        client.sendall(BANNER)
        self.assertEqual(b'', client.recv(100))
        self.assertEqual(1, self.called('CONNECT /console'))

    def test_port_stays(self):
        """Nova asks again and compares before it lets anybody connect."""
        first, again = self.console(), self.console()
        self.assertEqual(first.port, again.port)
        self.assertNotEqual(
            first.internal_access_path, again.internal_access_path
        )
        for one in (first, again):
            _, status = self.connect(one.port, one.internal_access_path)
            self.assertEqual(b'HTTP/1.1 200 OK', status)

    def test_no_session_in_sight(self):
        console = self.console()
        shown = repr(console.get_connection_info('token', 'url'))
        for secret in (*self.rows('session'), self.pool.settings.password):
            self.assertNotIn(secret, shown)

    @ddt.data('/', '/guess', '/console?session_id=x')
    def test_without_a_ticket(self, path):
        port = self.console().port
        client, status = self.connect(port, path)
        self.assertEqual(b'HTTP/1.1 403 Forbidden', status)
        self.assertEqual(b'', client.recv(1))

    def test_old_ticket(self):
        self.conf.config(group='consoleauth', token_ttl=0)
        console = self.console()
        _, status = self.connect(console.port, console.internal_access_path)
        self.assertEqual(b'HTTP/1.1 403 Forbidden', status)

    def test_console_that_has_gone(self):
        console = self.console()
        self.xen.reboot(None, self.one, None, 'HARD')
        _, status = self.connect(console.port, console.internal_access_path)
        self.assertEqual(b'HTTP/1.1 403 Forbidden', status)

    def test_stopped(self):
        self.xen.power_off(self.one)
        self.assertRaises(exception.ConsoleTypeUnavailable, self.console)

    def test_nonsense(self):
        port = self.console().port
        with socket.create_connection(('127.0.0.1', port)) as client:
            client.sendall(b'x' * 5000)
        self.connect(port, '/')

    def test_closed(self):
        port = self.console().port
        self.xen.cleanup_host('h1')
        self.assertRaises(
            ConnectionError, socket.create_connection, ('127.0.0.1', port)
        )
