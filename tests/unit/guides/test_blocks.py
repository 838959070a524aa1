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

import textwrap

from oslotest import base

from tests.guides import blocks

PAGE = """\
Title
=====

Text, and a list:

#. An item.

   .. not-run: it takes
      an hour

   .. code-block:: console
      :caption: Long

      $ one
      ...
      |  1 |

      $ two 'a
      > b'
      > not of the command

   .. exit-status: 3

   .. code-block:: console

      $ three

Bare::

    text

.. code-block:: ini

   [a]
"""


def parsed(text=PAGE):
    return blocks.of_page('admin/page', textwrap.dedent(text))


class BlocksTest(base.BaseTestCase):
    def test_where_and_what(self):
        lines = PAGE.splitlines()
        self.assertEqual(
            [
                (lines.index('   .. code-block:: console') + 1, 'console'),
                (lines.index('   .. exit-status: 3') + 3, 'console'),
                (lines.index('Bare::') + 1, ''),
                (lines.index('.. code-block:: ini') + 1, 'ini'),
            ],
            [(block.line, block.language) for block in parsed()],
        )

    def test_commands_with_their_output(self):
        block = parsed()[0]
        self.assertEqual(
            [
                ('one', '...\n|  1 |\n\n'),
                ("two 'a\nb'\nnot of the command", ''),
            ],
            [(command.text, command.shown) for command in block.commands],
        )
        lines = PAGE.splitlines()
        for command in block.commands:
            shown = lines[command.line - 1].strip()
            self.assertEqual(f'$ {command.text.splitlines()[0]}', shown)

    def test_notes_are_for_the_next_block_only(self):
        reasons = [block.not_run for block in parsed()]
        self.assertEqual(['it takes an hour', None, None, None], reasons)

    def test_status_is_that_of_the_last_command(self):
        first, second = parsed()[:2]
        self.assertEqual([0, 0], [one.status for one in first.commands])
        self.assertEqual([3], [one.status for one in second.commands])

    def test_text_between_takes_a_note_away(self):
        (block,) = parsed(
            """\
            .. not-run: it was for something else

            Text.

            .. code-block:: console

               $ true
            """
        )
        self.assertIsNone(block.not_run)

    def test_output_that_nothing_prints(self):
        (block,) = parsed('.. code-block:: console\n\n   text\n')
        self.assertRaises(ValueError, lambda: block.commands)
