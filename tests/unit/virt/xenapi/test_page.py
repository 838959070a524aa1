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


"""The page about XenServer hosts quotes messages as the code has them."""

import ast
import pathlib
import re

from oslotest import base

ROOT = pathlib.Path(__file__).parents[4]
PAGE = ROOT / 'doc' / 'source' / 'xenserver.rst'
CODE = ROOT / 'nova_vgpu_ext'
ROW = re.compile(r'^   \* - (.*?)\n     - ', re.MULTILINE | re.DOTALL)


def messages():
    """Each message that the page explains; an ellipsis stands for a value."""
    _, _, chapter = PAGE.read_text().partition('What messages mean\n===')
    found = [' '.join(text.split()) for text in ROW.findall(chapter)]
    return [text for text in found if text != 'Message']


def texts():
    """All that stands in the code's strings, without what is put in."""
    for path in (
        *(CODE / 'virt' / 'xenapi').glob('*.py'),
        CODE / 'virt' / 'inventory.py',
        CODE / 'virt' / 'shim' / '__init__.py',
        CODE / 'extension.py',
    ):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


class PageTest(base.BaseTestCase):
    def test_each_message_is_in_the_code(self):
        code = '\n'.join(texts())
        for message in messages():
            for piece in message.split('…'):
                # All of the code would be too much to show.
                self.assertTrue(piece.strip() in code, message)

    def test_all_are_read(self):
        self.assertGreater(len(messages()), 30)
