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

"""The filters of get_all_records_where (ocaml/database/db_filter.ml)."""

import re

from nova_vgpu_ext.sandbox.xapi.failure import Failure

_TOKEN = re.compile(
    r'\s*(?:(?P<field>field\s*"(?P<field_name>[^"]*)")'
    r'|(?P<literal>"(?P<text>[^"]*)")'
    r'|(?P<sign>[()=])'
    r'|(?P<word>\w+))'
)


def parse(expression):
    """A function of a row that says whether the expression holds.

    :raises Failure: INVALID_VALUE if the expression can't be understood
    """
    parser = _Parser(_tokens(expression), expression)
    test = parser.either()
    parser.end()
    return test


def _tokens(expression):
    found, at = [], 0
    text = expression.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _error(expression)
        found.append(_token(match))
        at = match.end()
    return found


def _token(match):
    if match['field']:
        return 'field', match['field_name']
    if match['literal']:
        return 'literal', match['text']
    return 'sign', (match['sign'] or match['word']).lower()


def _error(expression):
    return Failure('INVALID_VALUE', expression, 'Parsing.Parse_error')


class _Parser:
    """Recursive descent: or, and, not, then brackets and equations."""

    def __init__(self, tokens, expression):
        self._tokens = tokens
        self._expression = expression

    def either(self):
        left = self._both()
        while self._take('or'):
            left = _or(left, self._both())
        return left

    def end(self):
        if self._tokens:
            raise _error(self._expression)

    def _both(self):
        left = self._one()
        while self._take('and'):
            left = _and(left, self._one())
        return left

    def _one(self):
        if self._take('not'):
            inner = self._one()
            return lambda row: not inner(row)
        if self._take('('):
            inner = self.either()
            self._need(')')
            return inner
        for word, value in (('true', True), ('false', False)):
            if self._take(word):
                return lambda row, value=value: value
        left = self._value()
        self._need('=')
        right = self._value()
        return lambda row: left(row) == right(row)

    def _value(self):
        kind, text = self._tokens.pop(0) if self._tokens else ('', '')
        if kind == 'literal':
            return lambda row: text
        if kind == 'field':
            return lambda row: _text(self._field(row, text))
        raise _error(self._expression)

    def _field(self, row, name):
        # Subfields are spelled with two underscores in the database.
        name = name.replace('__', '_')
        if name not in row:
            raise Failure('INVALID_VALUE', self._expression, name)
        return row[name]

    def _take(self, sign):
        if self._tokens[:1] == [('sign', sign)]:
            del self._tokens[0]
            return True
        return False

    def _need(self, sign):
        if not self._take(sign):
            raise _error(self._expression)


def _or(left, right):
    return lambda row: left(row) or right(row)


def _and(left, right):
    return lambda row: left(row) and right(row)


def _text(value):
    """A field as XAPI's database keeps it."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
