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

import urllib.request

from oslotest import base

from nova_vgpu_ext.sandbox import errors
from nova_vgpu_ext.sandbox import httpd


def hello(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'hello']


def broken(environ, start_response):
    raise ValueError('on purpose')


class ServerTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.server = httpd.Server(0)
        self.addCleanup(self.server.stop)

    def ask(self, path):
        # Not through whatever proxy the environment names.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        return opener.open(self.server.url + path, timeout=10)

    def test_serves_what_is_mounted(self):
        self.server.mount('hello', hello)
        self.server.start()
        with self.ask('/hello/') as response:
            self.assertEqual(b'hello', response.read())

    def test_errors_go_to_the_log(self):
        self.server.mount('broken', broken)
        self.server.start()
        with self.assertLogs(httpd.LOG) as logged:
            error = self.assertRaises(
                urllib.error.HTTPError, self.ask, '/broken'
            )
        error.close()
        self.assertIn('on purpose', logged.output[0])

    def test_port_in_use(self):
        port = int(self.server.url.rpartition(':')[2])
        error = self.assertRaises(errors.SandboxError, httpd.Server, port)
        self.assertIn(f'Port {port} on 127.0.0.1', str(error))
        self.assertIn('--port', str(error))

    def test_loopback_only(self):
        self.assertTrue(self.server.url.startswith('http://127.0.0.1:'))
