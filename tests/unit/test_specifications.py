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
"""The page about the specifications names only what there is."""

import importlib
import pathlib
import re

from oslotest import base

SOURCE = pathlib.Path(__file__).parents[2] / 'doc' / 'source'
PAGE = SOURCE / 'specifications.rst'
ROW = re.compile(r'^   \* - ', re.MULTILINE)


def rows():
    """(sentence, what there is, names of tests) of each row."""
    for text in ROW.split(PAGE.read_text())[1:]:
        # The next table's heading may follow a table's last row.
        text = re.split(r'\n\n', text)[0]
        sentence, answer, tests = re.split(r'\n     -', text)
        if answer.strip() != 'What there is':
            yield sentence, answer, re.findall(r'``(tests\.[\w.]+)``', tests)


def find(name):
    """The module, class and method of a test, as far as they are named."""
    parts = name.split('.')
    for length in range(len(parts), 0, -1):
        try:
            found = importlib.import_module('.'.join(parts[:length]))
        except ModuleNotFoundError:
            continue
        chain = [found]
        for part in parts[length:]:
            chain.append(_attribute(chain[-1], part))
        return chain
    raise AttributeError(name)


def _attribute(owner, name):
    """ddt puts a number and the data behind the name of a test."""
    for candidate in dir(owner):
        if candidate == name or re.fullmatch(rf'{name}_\d+.*', candidate):
            return getattr(owner, candidate)
    raise AttributeError(f'{owner} has no {name}')


class SpecificationsTest(base.BaseTestCase):
    def test_each_test_exists_and_runs(self):
        for _, _, tests in rows():
            for name in tests:
                for owner in find(name):
                    skipped = getattr(owner, '__unittest_skip__', False)
                    self.assertFalse(skipped, name)

    def test_each_page_exists(self):
        for _, answer, _ in rows():
            for page in re.findall(r':doc:`([\w/-]+)`', answer):
                self.assertTrue((SOURCE / f'{page}.rst').exists(), page)

    def test_each_sentence_has_a_test(self):
        for sentence, _, tests in rows():
            self.assertTrue(tests, sentence)

    def test_nothing_is_left_open_but_migration_on_xenserver(self):
        left = [row for row in rows() if 'not built yet' in row[1].lower()]
        self.assertLessEqual(len(left), 2)
        for sentence, answer, _ in left:
            self.assertIn('igration', sentence)
            self.assertIn(
                'On XenServer: not built yet', ' '.join(answer.split())
            )

    def test_all_are_read(self):
        self.assertGreater(len(list(rows())), 40)
