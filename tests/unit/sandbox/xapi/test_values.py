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

import xmlrpc.client

import ddt
from oslotest import base

from nova_vgpu_ext.sandbox.xapi import values
from nova_vgpu_ext.sandbox.xapi.failure import Failure
from nova_vgpu_ext.sandbox.xapi.signatures import NULL


@ddt.ddt
class ValuesTestCase(base.BaseTestCase):
    @ddt.data(
        ('string', '', ''),
        ('int', 0, '0'),
        ('float', 0.0, 0.0),
        ('bool', False, False),
        ('ref(VM)', NULL, NULL),
        ('set(ref(VM))', [], []),
        ('map(string -> int)', {}, {}),
        ('enum(vbd_mode)', 'RO', 'RO'),
    )
    @ddt.unpack
    def test_nothing_said(self, kind, inside, wire):
        self.assertEqual(inside, values.zero(kind))
        self.assertEqual(wire, values.writer(kind)(inside))

    @ddt.data(
        ('int', '12', 12),
        ('int', 12, 12),
        ('int', '-1', -1),
        ('set(int)', ['1', '2'], [1, 2]),
        ('map(string -> int)', {'a': '1'}, {'a': 1}),
        ('map(ref(VDI) -> ref(SR))', {'a': 'b'}, {'a': 'b'}),
        (
            'datetime',
            xmlrpc.client.DateTime('20200101T00:00:00Z'),
            '20200101T00:00:00Z',
        ),
        ('enum(vbd_mode)', 'RW', 'RW'),
    )
    @ddt.unpack
    def test_read(self, kind, wire, inside):
        self.assertEqual(inside, values.read(kind, wire))

    @ddt.data(
        ('int', True),
        ('int', 1.0),
        ('int', 'x'),
        ('float', '1.0'),
        ('bool', 'true'),
        ('bool', 1),
        ('string', None),
        ('set(string)', 'abc'),
        ('map(string -> string)', []),
        ('enum(vbd_mode)', 'WO'),
    )
    @ddt.unpack
    def test_refused(self, kind, wire):
        failure = self.assertRaises(Failure, values.read, kind, wire)
        self.assertEqual('INTERNAL_ERROR', failure.code)

    def test_shown_as_ocaml_does(self):
        self.assertEqual(
            '{a:[I(1);B(false)];b:N(None)}',
            values.describe({'a': [1, False], 'b': None}),
        )
