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

import pathlib
import sys
from unittest import mock

import fixtures
from oslotest import base

from nova_vgpu_ext.sandbox import errors
from nova_vgpu_ext.sandbox import requirements


class RequirementsTest(base.BaseTestCase):
    def check(self, *modules, version='34.1.0', absent=()):
        def find_spec(name):
            return None if name in absent else mock.sentinel.spec

        with (
            mock.patch('importlib.util.find_spec', find_spec),
            mock.patch('importlib.metadata.version', return_value=version),
        ):
            requirements.check(*modules)

    def refuse(self, *modules, **options):
        return str(
            self.assertRaises(
                errors.SandboxError, self.check, *modules, **options
            )
        )

    def test_all_there(self):
        self.check()

    def test_missing(self):
        message = self.refuse(absent=['cheroot', 'placement'])
        self.assertIn('needs openstack-placement and cheroot:', message)
        self.assertIn('nova-vgpu-ext[sandbox]', message)

    def test_client_is_asked_for_by_the_demo_only(self):
        self.check(absent=['openstackclient'])
        message = self.refuse(*requirements.CLIENT, absent=['openstackclient'])
        self.assertIn('python-openstackclient', message)

    def test_other_nova(self):
        for version in ('33.0.2', '35.0.0', '3.4'):
            message = self.refuse(version=version)
            self.assertIn(
                f'Nova 34 only, and this environment has {version}', message
            )

    def test_program_beside_python(self):
        folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        (folder / 'tool').touch()
        python = str(folder / 'python')
        with mock.patch.object(sys, 'executable', python):
            self.assertEqual(
                str(folder / 'tool'), requirements.program('tool')
            )

    def test_program_on_path(self):
        with mock.patch('shutil.which', return_value='/bin/tool'):
            self.assertEqual('/bin/tool', requirements.program('tool'))

    def test_no_program(self):
        with mock.patch('shutil.which', return_value=None):
            error = self.assertRaises(
                errors.SandboxError, requirements.program, 'no-such-tool'
            )
        self.assertIn('The command no-such-tool is neither', str(error))
