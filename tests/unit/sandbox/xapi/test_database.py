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

import random

from oslotest import base

from nova_vgpu_ext.sandbox.xapi import database
from nova_vgpu_ext.sandbox.xapi import relations
from nova_vgpu_ext.sandbox.xapi import signatures
from nova_vgpu_ext.sandbox.xapi.failure import Failure
from nova_vgpu_ext.sandbox.xapi.signatures import NULL


class DatabaseTestCase(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.db = database.Database(
            signatures.load().classes, random.Random(0)
        )

    def test_defaults(self):
        row = self.db.row('VGPU', self.db.create('VGPU'))
        self.assertEqual(NULL, row['resident_on'])
        self.assertEqual('0', row['device'])
        self.assertEqual(36, len(row['uuid']))

    def test_both_sides_of_a_link(self):
        first, second = self.db.create('VM'), self.db.create('VM')
        vgpu = self.db.create('VGPU', VM=first)
        self.assertEqual([vgpu], self.db.row('VM', first)['VGPUs'])
        self.db.write('VGPU', vgpu, VM=second)
        self.assertEqual([], self.db.row('VM', first)['VGPUs'])
        self.db.destroy('VGPU', vgpu)
        self.assertEqual([], self.db.row('VM', second)['VGPUs'])

    def test_link_between_many(self):
        pgpu, one = self.db.create('PGPU'), self.db.create('VGPU_type')
        self.db.write('PGPU', pgpu, enabled_VGPU_types=[one])
        row = self.db.row('VGPU_type', one)
        self.assertEqual([pgpu], row['enabled_on_PGPUs'])
        self.db.destroy('VGPU_type', one)
        self.assertEqual([], self.db.row('PGPU', pgpu)['enabled_VGPU_types'])

    def test_objects_share_no_defaults(self):
        pgpu, vgpu = self.db.create('PGPU'), self.db.create('VGPU')
        self.db.write('VGPU', vgpu, resident_on=pgpu)
        other = self.db.create('PGPU')
        self.assertEqual([], self.db.row('PGPU', other)['resident_VGPUs'])

    def test_link_touches_both(self):
        pgpu, vgpu = self.db.create('PGPU'), self.db.create('VGPU')
        before = self.db.change
        self.db.write('VGPU', vgpu, resident_on=pgpu)
        self.assertGreater(self.db.row('PGPU', pgpu).modified, before)

    def test_schedule_touches_the_vgpu_only(self):
        pgpu, vgpu = self.db.create('PGPU'), self.db.create('VGPU')
        before = self.db.change
        self.db.write('VGPU', vgpu, scheduled_to_be_resident_on=pgpu)
        self.assertGreater(self.db.row('VGPU', vgpu).modified, before)
        self.assertLessEqual(self.db.row('PGPU', pgpu).modified, before)

    def test_no_change_touches_nothing(self):
        vgpu = self.db.create('VGPU')
        before = self.db.change
        self.db.write('VGPU', vgpu, device='0')
        self.assertEqual(before, self.db.change)

    def test_what_points_to_nothing(self):
        vgpu = self.db.create('VGPU', VM='OpaqueRef:gone')
        self.assertEqual('OpaqueRef:gone', self.db.row('VGPU', vgpu)['VM'])
        self.db.destroy('VGPU', vgpu)
        failure = self.assertRaises(Failure, self.db.row, 'VGPU', vgpu)
        self.assertEqual(['HANDLE_INVALID', 'VGPU', vgpu], failure.details)

    def test_links_are_of_fields_that_there_are(self):
        for table, known in signatures.load().classes.items():
            for field, (other, back) in relations.of(table).items():
                self.assertIn(field, known.fields)
                self.assertIn(back, signatures.load().classes[other].fields)
