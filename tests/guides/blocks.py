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

"""The literal blocks of the documentation, and the commands in them.

A block of the language ``console`` holds commands: a line that begins with
``$`` is one, lines with ``>`` continue it, and what follows is what it prints.
A comment before the block may say more::

    .. not-run: why it can't be run in the sandbox
    .. exit-status: 1
"""

import pathlib
import re
import textwrap
import typing

SOURCE = pathlib.Path(__file__).parents[2] / 'doc' / 'source'

_DIRECTIVE = re.compile(r' *(?:[*-] |#\. )? *\.\. code-block:: *(\S*)')
_BARE = re.compile(r'(?! *\.\. ).*::$')
_NOTE = re.compile(r' *\.\. (not-run|exit-status): *(.*)')
_OPTION = re.compile(r':\w[\w-]*:')


class Command(typing.NamedTuple):
    """A command and what the page shows of its output.

    :ivar line: of the page, from 1
    :ivar text: what is typed; it may have several lines
    :ivar shown: lines of output
    :ivar status: its exit status
    """

    line: int
    text: str
    shown: str = ''
    status: int = 0


class Block(typing.NamedTuple):
    """A literal block.

    :ivar page: its name, as in ``:doc:``
    :ivar line: of the page, from 1
    :ivar language: empty where the page doesn't say it
    :ivar lines: (number, text) of what is in it
    :ivar not_run: why it isn't run; None if it is
    :ivar status: the exit status of its last command
    """

    page: str
    line: int
    language: str
    lines: tuple
    not_run: str | None
    status: int

    @property
    def commands(self):
        """Its Commands.

        :raises ValueError: if it begins with output
        """
        found = []
        for number, text in self.lines:
            if text.startswith('$ '):
                found.append(Command(number, text[2:]))
            elif not found:
                raise ValueError(f'{self.page}.rst:{number}: no $ at first')
            else:
                found[-1] = _continued(found[-1], text)
        found[-1] = found[-1]._replace(status=self.status)
        return tuple(found)


def _continued(command, text):
    if text.startswith('>') and not command.shown:
        more = text[2:]
        return command._replace(text=f'{command.text}\n{more}')
    return command._replace(shown=f'{command.shown}{text}\n')


def pages():
    """{name: text} of all pages, sorted by name."""
    return {
        str(path.relative_to(SOURCE).with_suffix('')): path.read_text()
        for path in sorted(SOURCE.rglob('*.rst'))
    }


def of_page(name, text):
    """The Blocks of a page, in order."""
    lines = text.splitlines()
    found, notes = [], {}
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        note, start = _NOTE.fullmatch(line), _begins(line)
        if note:
            notes[note[1]], number = _comment(lines, number, note[2])
        elif start is not None:
            end = _end(lines, number, _indent(line))
            body = _body(lines, number, end)
            found.append(_block(name, number, start, body, notes))
            number, notes = end, {}
        elif line.strip():
            notes = {}
    return found


def _begins(line):
    """The language of the block that a line begins, None if none."""
    directive = _DIRECTIVE.fullmatch(line)
    if directive:
        return directive[1]
    return '' if _BARE.fullmatch(line) else None


def _indent(line):
    return len(line) - len(line.lstrip(' '))


def _comment(lines, number, first):
    """(the text of a comment, the number of the line after it)"""
    parts = [first]
    while number < len(lines) and lines[number].startswith('   '):
        if _begins(lines[number]) is not None:
            break
        parts.append(lines[number].strip())
        number += 1
    return ' '.join(parts).strip(), number


def _end(lines, number, indent):
    """The number of the first line that is no deeper than this."""
    while number < len(lines):
        line = lines[number]
        if line.strip() and _indent(line) <= indent:
            return number
        number += 1
    return number


def _body(lines, start, end):
    """(number from 1, text) of each line, without what surrounds them."""
    texts = textwrap.dedent('\n'.join(lines[start:end])).split('\n')
    body = list(enumerate(texts, start=start + 1))
    while body and (not body[0][1].strip() or _OPTION.match(body[0][1])):
        del body[0]
    while body and not body[-1][1].strip():
        del body[-1]
    return tuple(body)


def _block(page, line, language, body, notes):
    status = int(notes.get('exit-status', 0))
    return Block(page, line, language, body, notes.get('not-run'), status)
