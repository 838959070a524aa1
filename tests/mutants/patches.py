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

"""Unified diffs, applied without a program that may not be there."""

import pathlib
import re

FOLDER = pathlib.Path(__file__).parent
_TESTS = re.compile('^Tests: (.+)$', re.MULTILINE)
_FILE = re.compile(r'^\+\+\+ b/(\S+)$', re.MULTILINE)
_HUNK = re.compile(r'^@@ .*\n', re.MULTILINE)


class DoesNotApply(Exception):
    """The code has changed: write the patch anew."""


class Patch:
    """One bug, in one file.

    :ivar name: of the patch
    :ivar tests: names of the tests that are to catch it
    :ivar path: of the file, from the top of the repository
    :ivar hunks: list of (old text, new text)
    """

    def __init__(self, name, text):
        self.name = name
        about, *hunks = _HUNK.split(text)
        self.tests = _TESTS.search(about)[1].split()
        (self.path,) = _FILE.findall(about)
        self.hunks = [(_text(hunk, ' -'), _text(hunk, ' +')) for hunk in hunks]

    def applied(self, code):
        """The code with the bug.

        The numbers of the lines don't matter, as others change.

        :raises DoesNotApply: if what is to change isn't there, or twice
        """
        for old, new in self.hunks:
            if code.count(old) != 1:
                raise DoesNotApply(
                    f'{self.name} does not apply to {self.path}: it finds '
                    f'{code.count(old)} places'
                )
            code = code.replace(old, new)
        return code

    def apply(self, root):
        """Put the bug into a copy of the code."""
        file = pathlib.Path(root, self.path)
        file.write_text(self.applied(file.read_text()))


def _text(hunk, signs):
    """The lines of a hunk that begin with one of two signs."""
    lines = hunk.splitlines(keepends=True)
    return ''.join(line[1:] for line in lines if line[0] in signs)


def every():
    """All Patches, by name."""
    return [
        Patch(file.stem, file.read_text())
        for file in sorted(FOLDER.glob('*.patch'))
    ]
