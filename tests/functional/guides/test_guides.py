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

"""Each command of the documentation does what its page says."""

import tempfile

import ddt
from oslotest import base

from tests.guides import blocks
from tests.guides import cloud
from tests.guides import output
from tests.guides import scene
from tests.storm import cloud as storm_cloud

START = 'start'
MOST_COMMANDS = 8

PAGES = blocks.pages()
RUN = {
    name: [
        block
        for block in blocks.of_page(name, text)
        if block.language == 'console' and block.not_run is None
    ]
    for name, text in PAGES.items()
}


@ddt.ddt
class GuidesTest(base.BaseTestCase):
    """The sandbox is started by the five-minute start's first commands."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        home = tempfile.TemporaryDirectory(prefix='test-guides-')
        cls.addClassCleanup(home.cleanup)
        cls.up, cls.export = (block.commands[0] for block in RUN[START][:2])
        cls.cloud = cloud.start(home.name, cls.up.text)
        cls.addClassCleanup(cls.cloud.stop)
        cls.api = storm_cloud.API(cls.cloud.layout)

    def play(self, page, page_blocks):
        """Run the commands of a page in a new terminal."""
        shell = self.cloud.shell()
        shell.run(self.export.text)
        for block in page_blocks:
            for command in block.commands:
                wrong = shell.play(command)
                if wrong:
                    self.fail(f'{page}.rst:{command.line}: {wrong}')

    def test_five_minute_start(self):
        scene.clear(self.api)
        typed = [
            command
            for block in blocks.of_page(START, PAGES[START])
            if block.language == 'console'
            for command in block.commands
        ]
        self.assertLessEqual(len(typed), MOST_COMMANDS)
        self.assertFalse(output.lacks(self.cloud.printed, self.up.shown))
        self.play(START, RUN[START][2:])

    @ddt.data(*(page for page in RUN if RUN[page] and page != START))
    def test_page(self, page):
        scene.prepare(self.api)
        self.play(page, RUN[page])
