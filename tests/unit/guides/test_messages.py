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

"""The page on troubleshooting quotes messages as the code has them."""

import ast
import re

from oslotest import base

from nova_vgpu_ext.cmd import status
from tests.guides import blocks

ROOT = blocks.SOURCE.parents[1]
CODE = ROOT / 'nova_vgpu_ext'
PAGE = blocks.SOURCE / 'admin' / 'troubleshooting.rst'
ROW = re.compile(r'^   \* - (.*?)\n     - ', re.MULTILINE | re.DOTALL)
VALUE = '…'
# How a text for a log or an exception names a value.
FORMAT = re.compile(r'%(\(\w+\))?[sdr]|%\(\w+\)\.\d+f')


def messages():
    """Each message that the page explains; an ellipsis stands for a value."""
    found = [' '.join(text.split()) for text in ROW.findall(PAGE.read_text())]
    return [text for text in found if text != 'Message']


def texts():
    """Each text of the code, with an ellipsis for each value."""
    for path in CODE.rglob('*.py'):
        if 'sandbox' not in path.parts:
            for node in ast.walk(ast.parse(path.read_text())):
                text = _text(node)
                if text:
                    yield FORMAT.sub(VALUE, text)


def _text(node):
    if isinstance(node, ast.JoinedStr):
        return ''.join(_text(part) or VALUE for part in node.values)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


class MessagesTest(base.BaseTestCase):
    def test_each_is_in_the_code(self):
        code = list(texts())
        for message in messages():
            pieces = map(re.escape, message.split(VALUE))
            quoted = re.compile('.*'.join(pieces), re.DOTALL)
            # All of the code would be too much to show.
            self.assertTrue(any(map(quoted.search, code)), message)

    def test_all_are_read(self):
        self.assertGreater(len(messages()), 40)


class StatusTest(base.BaseTestCase):
    def test_page_names_each_check(self):
        page = (blocks.SOURCE / 'reference' / 'commands.rst').read_text()
        page = ' '.join(page.split())
        for title, _ in status.Checks._upgrade_checks:
            self.assertIn(f'*{title}*', page)
