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
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nova_vgpu_ext.sandbox.xapi import gpu_room
from nova_vgpu_ext.sandbox.xapi.failure import Failure
from nova_vgpu_ext.sandbox.xapi.signatures import NULL
from tests.unit.sandbox.xapi import base

TYPES = ('GRID K200', 'GRID K240Q', 'GRID K260Q', 'passthrough')


@ddt.ddt
class RoomTestCase(base.PoolTestCase):
    def setUp(self):
        super().setUp()
        self.load()
        self.first, self.second = self.pgpus()

    def refused_room(self, details, vgpu_type):
        failure = self.assertRaises(
            Failure, gpu_room.check, self.pool.db, self.pgpu, vgpu_type
        )
        self.assertEqual(details, failure.details)

    def started_on(self, *types):
        """Start VMs until all are where the first one is."""
        for number, one in enumerate(types):
            vm = self.started(f'vm{number}', one)
        (self.pgpu,) = self.places(vm)

    @ddt.data(
        ('GRID K200', 8), ('GRID K240Q', 4), ('GRID K260Q', 2),
        ('passthrough', 1),
    )  # fmt: skip
    @ddt.unpack
    def test_empty(self, name, places):
        ref = self.type(name)
        self.assertEqual(
            places, self.call('PGPU.get_remaining_capacity', self.first, ref)
        )
        capacities = self.row('PGPU', self.first)
        self.assertEqual(
            places, capacities['supported_VGPU_max_capacities'][ref]
        )

    def test_some_taken(self):
        self.started_on('GRID K240Q', 'GRID K240Q')
        self.assertEqual(
            2,
            gpu_room.places(self.pool.db, self.pgpu, self.type('GRID K240Q')),
        )

    def test_other_type_runs(self):
        self.started_on('GRID K240Q')
        small, running = self.type('GRID K200'), self.type('GRID K240Q')
        self.refused_room(
            [
                'VGPU_TYPE_NOT_COMPATIBLE_WITH_RUNNING_TYPE',
                self.pgpu,
                small,
                running,
            ],
            small,
        )

    def test_full(self):
        self.started_on('GRID K260Q', 'GRID K260Q')
        big = self.type('GRID K260Q')
        self.refused_room(
            ['PGPU_INSUFFICIENT_CAPACITY_FOR_VGPU', self.pgpu, big], big
        )

    def test_passed_through(self):
        self.started_on('passthrough')
        whole = self.type('passthrough')
        self.refused_room(
            [
                'VGPU_TYPE_NOT_COMPATIBLE_WITH_RUNNING_TYPE',
                self.pgpu,
                whole,
                whole,
            ],
            whole,
        )

    def test_card_given_away_by_other_means(self):
        self.pgpu = self.first
        vm = self.vm()
        pci = self.row('PGPU', self.first)['PCI']
        self.pool.db.write('VM', vm, attached_PCIs=[pci])
        whole = self.type('passthrough')
        self.refused_room(
            ['PGPU_INSUFFICIENT_CAPACITY_FOR_VGPU', self.first, whole], whole
        )
        # vGPUs don't look at the card itself.
        self.assertEqual(
            8,
            gpu_room.places(self.pool.db, self.first, self.type('GRID K200')),
        )

    def test_not_enabled(self):
        self.pgpu = self.first
        small, big = self.type('GRID K200'), self.type('GRID K260Q')
        self.call('PGPU.set_enabled_VGPU_types', self.first, [big])
        self.refused_room(['VGPU_TYPE_NOT_ENABLED', small, big], small)

    def test_not_supported(self):
        self.pgpu = self.first
        alien = self.pool.db.create('VGPU_type')
        supported = self.row('PGPU', self.first)['supported_VGPU_types']
        self.refused_room(
            ['VGPU_TYPE_NOT_SUPPORTED', alien, *supported], alien
        )

    def test_on_its_way(self):
        vm = self.vm('vm', 'GRID K260Q')
        (vgpu,) = self.row('VM', vm)['VGPUs']
        self.pool.db.write(
            'VGPU', vgpu, scheduled_to_be_resident_on=self.first
        )
        self.assertEqual(
            1,
            gpu_room.places(self.pool.db, self.first, self.type('GRID K260Q')),
        )

    def test_bad_references_have_no_places(self):
        self.assertEqual(
            0, self.call('PGPU.get_remaining_capacity', self.first, NULL)
        )
        group = self.named('GPU_group', base.K2)
        self.assertEqual(
            0, self.call('GPU_group.get_remaining_capacity', group, NULL)
        )

    def test_group_adds_up(self):
        self.started('vm', 'GRID K240Q')
        group = self.named('GPU_group', base.K2)
        for name, places in (('GRID K240Q', 7), ('GRID K200', 8)):
            self.assertEqual(
                places,
                self.call(
                    'GPU_group.get_remaining_capacity', group, self.type(name)
                ),
            )

    def test_capacity_does_not_follow_from_memory(self):
        self.shipped('modern')
        self.assertEqual(
            32,
            gpu_room.places(
                self.pool.db,
                self.pgpus('Group of NVIDIA Corporation GA102GL [A40] GPUs')[
                    0
                ],
                self.type('NVIDIA A40-1Q'),
            ),
        )


class ManyTestCase(base.PoolTestCase):
    """Whatever happens, pGPUs hold no more than they can."""

    @settings(
        deadline=None,
        max_examples=60,
        suppress_health_check=[HealthCheck.differing_executors],
    )
    @given(
        steps=st.lists(
            st.tuples(st.booleans(), st.sampled_from(TYPES)), max_size=40
        ),
        breadth=st.booleans(),
    )
    def test_never_too_many(self, steps, breadth):
        algorithm = 'breadth_first' if breadth else 'depth_first'
        self.load(
            {**base.ONE_K2, 'groups': {base.K2: {'algorithm': algorithm}}}
        )
        running = []
        for begins, name in steps:
            if begins:
                self.begin(running, name)
            elif running:
                self.call('VM.hard_shutdown', running.pop(0))
            self.check()

    def begin(self, running, name):
        """VM.start_on and what capacity says agree."""
        vm = self.vm('vm', name)
        group = self.named('GPU_group', base.K2)
        room = self.call(
            'GPU_group.get_remaining_capacity', group, self.type(name)
        )
        try:
            self.start(vm)
        except Failure:
            self.assertEqual(0, room)
        else:
            self.assertGreater(room, 0)
            running.append(vm)

    def check(self):
        for pgpu in self.pgpus():
            types = [
                self.row('VGPU', vgpu)['type']
                for vgpu in self.row('PGPU', pgpu)['resident_VGPUs']
            ]
            self.assertLessEqual(len(set(types)), 1)
            most = self.row('PGPU', pgpu)['supported_VGPU_max_capacities']
            for one in types:
                self.assertLessEqual(len(types), most[one])
