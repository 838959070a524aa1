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

import io
import signal
import subprocess
import sys
from unittest import mock

import fixtures
import XenAPI
from oslotest import base

from nova_vgpu_ext.sandbox.xapi import main
from nova_vgpu_ext.sandbox.xapi import pools
from nova_vgpu_ext.sandbox.xapi import server


class MainTestCase(base.BaseTestCase):
    def failed(self, *arguments):
        stderr = io.StringIO()
        with mock.patch('sys.stderr', stderr):
            self.assertEqual(1, main.main(arguments))
        return stderr.getvalue()

    def test_serves_until_told_to_end(self):
        program = subprocess.Popen(
            [sys.executable, '-m', main.__name__, 'modern'],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        self.assertIn('User root, password xensim', program.stdout.readline())
        name, _, url = program.stdout.readline().strip().partition(': ')
        self.assertEqual('h1 (master)', name)
        session = XenAPI.Session(url, ignore_ssl=True)
        session.login_with_password('root', 'xensim')
        self.assertEqual(2, len(session.xenapi.host.get_all()))
        session('close')()
        program.send_signal(signal.SIGTERM)
        self.assertEqual(0, program.wait(10))

    def test_bad_file(self):
        path = self.useFixture(fixtures.TempDir()).join('pool.yaml')
        self.assertEqual(
            f'Pool file {path}: there is no such file: correct the path.\n',
            self.failed(path),
        )

    def test_unknown_name(self):
        said = self.failed('nope')
        self.assertIn('Pool file nope: give a file', said)
        self.assertIn('corners, k1-k2, modern', said)

    def test_port_in_use(self):
        with server.Simulator(pools.parse({'hosts': [{'name': 'h'}]})) as it:
            port = it.url().rpartition(':')[2]
            self.assertIn(
                f"A port from {port} on can't be had",
                self.failed('passthrough', '--port', port),
            )
