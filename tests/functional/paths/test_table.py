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

"""The page says what the tests say."""

import pathlib
import unittest

from oslotest import base

import tests
from tests.functional.paths import table

PAGE = pathlib.Path(tests.ROOT, 'doc', 'source', 'paths.rst')


class TableTest(base.BaseTestCase):
    def test_page_is_up_to_date(self):
        self.assertEqual(
            table.page(),
            PAGE.read_text(encoding='utf-8'),
            'Run python -m tests.functional.paths.table > ' + str(PAGE),
        )

    def test_no_module_is_forgotten(self):
        here = pathlib.Path(__file__).parent
        found = {path.stem for path in here.glob('test_*.py')}
        listed = {module.__name__.split('.')[-1] for module in table.MODULES}
        self.assertEqual({'test_table'}, found - listed)

    def test_each_case_is_a_test(self):
        for theme, cases in table.themes():
            self.assertNotEqual([], table.paths(theme))
            for case in cases:
                self.assertTrue(issubclass(case, unittest.TestCase))
