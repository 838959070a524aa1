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

"""Does a command print what a page shows?

Loosely: spaces and the lines of tables may be longer or shorter, ``...``
stands for anything, and there may be more before, after and behind.
"""

import re

_ANY = '...'


def lacks(printed, shown):
    """Whether what is shown isn't printed."""
    pattern = ''
    for line in _all_loose(shown).splitlines():
        if line == _ANY:
            pattern += '(?:.*\n)*?'
        else:
            parts = map(str.strip, line.split(_ANY))
            pattern += '.*'.join(map(re.escape, parts)) + '.*\n'
    return re.search(pattern, _all_loose(printed)) is None


def completed(command, printed):
    """A command with ``...`` in it as the line that was printed to be copied.

    :raises LookupError: if it wasn't
    """
    if _ANY not in command:
        return command
    pattern = re.escape(command).replace(re.escape(_ANY), '.*')
    found = re.search(f'{pattern}.*', printed)
    if found is None:
        raise LookupError(f'{command} should have been printed.')
    return found[0]


def _all_loose(text):
    return ''.join(f'{_loose(line)}\n' for line in text.strip().splitlines())


def _loose(line):
    return re.sub('-{2,}', '--', ' '.join(line.split()))
