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

"""What holds of the pages before any of their commands is run."""

import collections
import configparser
import re

from oslotest import base

from tests.guides import blocks

ROOT = blocks.SOURCE.parents[1]
PAGES = blocks.pages()
BLOCKS = [
    block for name in PAGES for block in blocks.of_page(name, PAGES[name])
]

# Languages of blocks that nobody types.
OTHERS = ('http', 'ini', 'json', 'promql', 'python', 'text', 'yaml')

# {page: how many of its blocks can't be run in the sandbox}
NOT_RUN = {
    'admin/metrics': 1,
    'admin/quotas': 1,
    'contributing': 6,
    'contributor/xapi-simulator': 2,
    'installation': 1,
    'sandbox': 1,
    'start': 1,
    'xenserver': 5,
}

HEADINGS = (
    'Limitations',
    'Hardware and software requirements',
    'Scheduler options',
    'Flavor creation',
    'Aggregates',
    'Quotas',
    'Upgrade',
    'Turning off',
    'Cards changed and drivers upgraded',
    'Performance of the inventory calls',
    'Troubleshooting',
)
_HEADING = re.compile(r'^(\S.*)\n[=-]{3,}$', re.MULTILINE)


def where(block):
    return f'{block.page}.rst:{block.line}'


class BlocksTest(base.BaseTestCase):
    def test_each_says_its_language(self):
        known = {'console', 'sh', *OTHERS}
        for block in BLOCKS:
            self.assertIn(block.language, known, where(block))

    def test_each_that_is_typed_is_run_or_says_why_not(self):
        """Others are no commands in disguise."""
        for block in BLOCKS:
            if block.language == 'console':
                self.assertTrue(block.commands, where(block))
            elif block.language == 'sh':
                self.assertTrue(block.not_run, where(block))
            else:
                for _, line in block.lines:
                    self.assertFalse(line.startswith('$ '), where(block))

    def test_those_that_are_not_run(self):
        reasons = [b.not_run for b in BLOCKS if b.not_run is not None]
        self.assertTrue(all(reasons), reasons)
        counts = collections.Counter(
            block.page for block in BLOCKS if block.not_run is not None
        )
        self.assertEqual(NOT_RUN, dict(counts))

    def test_most_are_run(self):
        typed = [block for block in BLOCKS if block.language == 'console']
        run = [block for block in typed if block.not_run is None]
        self.assertGreater(len(run), 25)
        self.assertGreater(len(run), len(typed) / 2)

    def test_targets_of_run(self):
        targets = configparser.ConfigParser()
        targets.read(ROOT / 'tox.ini')
        for block in BLOCKS:
            for _, line in block.lines:
                if line.startswith('$ ./run '):
                    name = line.split()[2]
                    self.assertIn(f'testenv:{name}', targets, where(block))


class HeadingsTest(base.BaseTestCase):
    def test_of_the_administrators_guide(self):
        found = [
            heading
            for name, text in PAGES.items()
            if name.startswith('admin/')
            for heading in _HEADING.findall(text)
        ]
        for wanted in HEADINGS:
            self.assertTrue(
                any(heading.startswith(wanted) for heading in found), wanted
            )
