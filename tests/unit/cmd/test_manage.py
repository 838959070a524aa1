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
import io
from unittest import mock

from oslotest import base

from nova_vgpu_ext.cmd import capacity
from nova_vgpu_ext.cmd import database
from nova_vgpu_ext.cmd import manage
from nova_vgpu_ext.cmd import settings


class TestManage(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        patcher = mock.patch.object(settings, 'load')
        self.load = patcher.start()
        self.addCleanup(patcher.stop)

    def leave(self, *args):
        """Run a command that argparse ends; return its code and output."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            end = self.assertRaises(SystemExit, manage.main, args)
        return end.code, out.getvalue()

    def test_help_names_all_commands(self):
        code, out = self.leave('--help')
        self.assertEqual(0, code)
        for word in ('db', 'capacity', '--config-file', '--config-dir'):
            self.assertIn(word, out)

    def test_no_command(self):
        self.assertEqual(2, self.leave()[0])
        self.assertEqual(2, self.leave('db')[0])

    def test_version(self):
        self.assertEqual(0, self.leave('--version')[0])

    def test_version_of_a_checkout(self):
        missing = manage.metadata.PackageNotFoundError
        with mock.patch.object(
            manage.metadata, 'version', side_effect=missing
        ):
            self.assertIn('not installed', self.leave('--version')[1])

    def test_configuration_is_passed_on_in_order(self):
        files = ['--config-file', 'a', '--config-file', 'b']
        with mock.patch.object(database, 'version', return_value=0):
            manage.main([*files, '--config-dir=d', 'db', 'version'])
        self.load.assert_called_once_with(
            ['nova-vgpu-manage', *files, '--config-dir', 'd']
        )

    def test_no_configuration_named(self):
        with mock.patch.object(database, 'version', return_value=0):
            manage.main(['db', 'version'])
        self.load.assert_called_once_with(['nova-vgpu-manage'])

    def test_result_is_the_exit_code(self):
        with mock.patch.object(capacity, 'list_capacity', return_value=3):
            self.assertEqual(3, manage.main(['capacity', 'list']))

    def test_bad_configuration(self):
        self.load.side_effect = settings.BadConfiguration('A sentence.')
        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            self.assertEqual(1, manage.main(['db', 'version']))
        self.assertEqual('A sentence.\n', err.getvalue())
