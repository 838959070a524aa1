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

import ddt
from oslotest import base

from nova_vgpu_ext.sandbox.xapi import expressions
from nova_vgpu_ext.sandbox.xapi.failure import Failure

ROW = {'name': 'a', 'empty': True, 'size': 5}


@ddt.ddt
class ExpressionsTestCase(base.BaseTestCase):
    @ddt.data(
        ('field "name" = "a"', True),
        ('field "name" = "b"', False),
        ('field "empty" = "true"', True),
        ('"5" = field "size"', True),
        ('true', True),
        ('not true', False),
        ('field "name" = "b" or field "size" = "5"', True),
        ('field "name" = "a" and not (true or false)', False),
        ('(field "name"="a") and (field "size"="5")', True),
    )
    @ddt.unpack
    def test_holds(self, expression, expected):
        self.assertIs(expected, expressions.parse(expression)(ROW))

    @ddt.data(
        '',
        'field "name"',
        'field "name" = ',
        '(true',
        'true true',
        'field "name" ? "a"',
        'field "colour" = "red"',
    )
    def test_mistaken(self, expression):
        failure = self.assertRaises(
            Failure, lambda: expressions.parse(expression)(ROW)
        )
        self.assertEqual(['INVALID_VALUE', expression], failure.details[:2])
