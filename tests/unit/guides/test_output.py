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

import ddt
from oslotest import base

from tests.guides import output

PRINTED = """\
+----------+------+
| Model    | Free |
+----------+------+
| GRID K1  |    4 |
| GRID K2  |    0 |
+----------+------+
"""


@ddt.ddt
class LacksTest(base.BaseTestCase):
    @ddt.data(
        '',
        PRINTED,
        '| GRID K1 | 4 |',
        '| Model | Free |\n+---+---+\n| GRID K1 | 4 |',
        '| Model | Free |\n...\n| GRID K2 | 0 |',
        '| Model ...\n...\n| GRID ... | 4 |',
        '...\n| GRID K1 | 4 |\n...\n| GRID K2 | 0 |\n...',
        '| GRID K1 | 4 |\n...\n| GRID K2 | 0 |',
    )
    def test_printed(self, shown):
        self.assertFalse(output.lacks(PRINTED, shown))

    @ddt.data(
        'GRID K3',
        '| GRID K1 | 5 |',
        '| GRID K2 | 0 |\n...\n| GRID K1 | 4 |',
        '| Model | Free |\n| GRID K1 | 4 |',
        '| Model ... 4 |',
    )
    def test_not_printed(self, shown):
        self.assertTrue(output.lacks(PRINTED, shown))


class CompletedTest(base.BaseTestCase):
    PRINTED = 'Do this:\n    export FILE=/tmp/a.yaml CLOUD=b\nEnd.'

    def test_line_that_was_printed(self):
        self.assertEqual(
            'export FILE=/tmp/a.yaml CLOUD=b',
            output.completed('export FILE=...', self.PRINTED),
        )

    def test_nothing_is_left_out(self):
        self.assertEqual('true', output.completed('true', self.PRINTED))

    def test_nothing_like_it_was_printed(self):
        self.assertRaises(
            LookupError, output.completed, 'export ...=c', self.PRINTED
        )
