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

import os
from unittest import mock

from nova_vgpu_ext.sandbox import environ
from tests.unit.sandbox import base


class EnvironTest(base.SandboxTestCase):
    def test_exports(self):
        with mock.patch.dict(os.environ, {}, clear=True):
            self.assertEqual(
                {
                    'OS_CLIENT_CONFIG_FILE': str(self.layout.clouds),
                    'OS_CLOUD': 'vgpu',
                },
                environ.exports(self.layout),
            )

    def test_exports_behind_a_proxy(self):
        variables = {'https_proxy': 'x', 'http_proxy': 'http://proxy'}
        with mock.patch.dict(os.environ, variables, clear=True):
            exports = environ.exports(self.layout)
        self.assertEqual('127.0.0.1', exports['NO_PROXY'])

    def test_bypass_proxy(self):
        with mock.patch.dict(os.environ, {'NO_PROXY': 'a,b'}, clear=True):
            environ.bypass_proxy()
            self.assertEqual('a,b,127.0.0.1', os.environ['NO_PROXY'])
            self.assertEqual('127.0.0.1', os.environ['no_proxy'])

    def test_client_sees_no_other_cloud(self):
        variables = {'OS_PROJECT_NAME': 'other', 'HOME': '/home/x'}
        with mock.patch.dict(os.environ, variables, clear=True):
            seen = environ.for_client(self.layout)
        self.assertNotIn('OS_PROJECT_NAME', seen)
        self.assertEqual('/home/x', seen['HOME'])
        self.assertEqual('vgpu', seen['OS_CLOUD'])
