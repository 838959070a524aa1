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

"""The contributor's guide names what there is."""

import re

from oslotest import base

from tests.guides import blocks

ROOT = blocks.SOURCE.parents[1]
CODE = ROOT / 'nova_vgpu_ext'
ROOMS = (blocks.SOURCE / 'contributor' / 'rooms.rst').read_text()
HOW = (blocks.SOURCE / 'contributor' / 'how-it-works.rst').read_text()
ROW = re.compile(r'^``([\w./]+)``', re.MULTILINE)


def packages():
    """The names of all packages of the code, as imported."""
    return {
        '.'.join(path.parent.relative_to(ROOT).parts)
        for path in CODE.rglob('__init__.py')
    }


class RoomsTest(base.BaseTestCase):
    def test_each_package_is_named(self):
        named = {
            name
            for name in ROW.findall(ROOMS)
            if name.startswith('nova_vgpu_ext')
        }
        self.assertEqual(packages(), named)

    def test_all_else_that_is_named_is_there(self):
        for name in ROW.findall(ROOMS):
            path = name.replace('.', '/') if name in packages() else name
            self.assertTrue((ROOT / path).is_dir(), name)

    def test_modules(self):
        _, *tables = re.split(r'^Module +What is in it$', HOW, flags=re.M)
        found = [
            name
            for table in tables
            for name in ROW.findall(table.partition('\n\n')[0])
        ]
        self.assertGreater(len(found), 25)
        for name in found:
            module = f'{name}.py'
            places = (CODE / module, CODE / 'virt' / 'xenapi' / module)
            self.assertTrue(any(path.exists() for path in places), name)
