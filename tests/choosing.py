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

"""What the arguments of a long check choose, before it begins."""

import argparse
import re


def _parser(target, text):
    """:param text: the docstring of the check, without its usage"""
    text = re.sub(r'^    python .*\n\n', '', text, flags=re.MULTILINE)
    return argparse.ArgumentParser(
        prog=f'./run {target}',
        description=text,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def by_regex(argv, target, text):
    """Regular expressions that choose tests; none for all.

    :raises SystemExit: for one that isn't a regular expression
    """
    parser = _parser(target, text)
    parser.add_argument(
        'regex', metavar='REGEX', nargs='*', help='of the tests to be run'
    )
    found = parser.parse_args(argv).regex
    for one in found:
        try:
            re.compile(one)
        except re.error as error:
            parser.error(f'{one!r} is no regular expression: {error}')
    return found


def by_name(argv, target, text, metavar, names):
    """Those that are named, all if none is.

    :raises SystemExit: for a name that isn't one of them
    """
    parser = _parser(target, text)
    parser.add_argument(
        'names', metavar=metavar, nargs='*', help=f'one of: {", ".join(names)}'
    )
    chosen = parser.parse_args(argv).names or list(names)
    for name in chosen:
        if name not in names:
            parser.error(
                f'there is no {name!r}: choose from {", ".join(names)}'
            )
    return chosen


def by_word(argv, target, text, names):
    """Those whose names have one of the words, all if there is none.

    :raises SystemExit: if no name has one
    """
    parser = _parser(target, text)
    parser.add_argument(
        'words', metavar='WORD', nargs='*', help='a part of a name'
    )
    words = parser.parse_args(argv).words
    chosen = [
        name
        for name in names
        if not words or any(word in name for word in words)
    ]
    if not chosen:
        parser.error(f'none has such a name; there are {", ".join(names)}')
    return chosen
