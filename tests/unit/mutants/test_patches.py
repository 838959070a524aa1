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

"""The mutants' patches fit the code of today."""

import pathlib
import unittest

from oslotest import base

import nova_vgpu_ext
from tests.mutants import patches

_ROOT = pathlib.Path(nova_vgpu_ext.__file__).parent.parent


class PatchesTest(base.BaseTestCase):
    def test_all_apply(self):
        for patch in patches.every():
            code = pathlib.Path(_ROOT, patch.path).read_text()
            self.assertNotEqual(code, patch.applied(code), patch.name)
            compile(patch.applied(code), patch.path, 'exec')

    def test_their_tests_are_there(self):
        names = {name for one in patches.every() for name in one.tests}
        loader = unittest.TestLoader()
        loader.loadTestsFromNames(sorted(names))
        self.assertEqual([], loader.errors)

    def test_there_are_some(self):
        self.assertGreater(len(patches.every()), 20)

    def test_what_has_changed_does_not_apply(self):
        patch = patches.every()[0]
        error = self.assertRaises(patches.DoesNotApply, patch.applied, '')
        self.assertIn(patch.name, str(error))
