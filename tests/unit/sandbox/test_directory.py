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
import pathlib
import tempfile
from unittest import mock

import fixtures
from oslotest import base

from nova_vgpu_ext.sandbox import directory
from nova_vgpu_ext.sandbox import errors


class DirectoryTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.root = pathlib.Path(self.useFixture(fixtures.TempDir()).path)

    def refuse(self, path):
        opened = directory.opened(path)
        return str(self.assertRaises(errors.SandboxError, opened.__enter__))

    def test_temporary_is_thrown_away(self):
        self.useFixture(
            fixtures.MonkeyPatch('tempfile.tempdir', str(self.root))
        )
        with directory.opened() as layout:
            self.assertTrue(layout.state.is_dir())
            self.assertEqual(self.root, layout.root.parent)
        self.assertEqual([], os.listdir(self.root))

    def test_kept(self):
        path = self.root / 'new' / 'one'
        with directory.opened(path) as layout:
            layout.log.write_text('x')
        with directory.opened(path) as layout:
            self.assertEqual('x', layout.log.read_text())

    def test_relative_path_becomes_absolute(self):
        self.useFixture(fixtures.MonkeyPatch('os.getcwd', lambda: self.root))
        path = os.path.relpath(self.root / 'x')
        with directory.opened(path) as layout:
            self.assertTrue(layout.root.is_absolute())

    def test_one_sandbox_at_a_time(self):
        with directory.opened(self.root):
            self.assertEqual(
                f'Another sandbox is running in {self.root}.',
                self.refuse(self.root),
            )

    def test_directory_of_something_else(self):
        (self.root / 'precious').write_text('x')
        self.assertIn('holds files', self.refuse(self.root))

    def test_no_directory(self):
        path = self.root / 'file'
        path.write_text('x')
        self.assertIn(f"{path} can't be used", self.refuse(path))

    def test_special_character(self):
        self.assertIn('without "%"', self.refuse(self.root / 'a%b'))

    def test_unwritable(self):
        denied = PermissionError(13, 'Permission denied')
        for method in ('mkdir', 'open'):
            with mock.patch.object(pathlib.Path, method, side_effect=denied):
                self.assertIn(': Permission denied.', self.refuse(self.root))

    def test_no_place_for_temporary_files(self):
        error = FileNotFoundError('No usable temporary directory found')
        with mock.patch.object(tempfile, 'mkdtemp', side_effect=error):
            self.assertIn('no place for a temporary', self.refuse(None))

    def test_folders_cannot_be_made(self):
        (self.root / '.lock').touch()
        (self.root / 'state').touch()
        self.assertIn("can't be used", self.refuse(self.root))
