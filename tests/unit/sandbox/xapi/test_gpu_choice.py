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

from tests.unit.sandbox.xapi import base

BREADTH = {'groups': {base.K2: {'algorithm': 'breadth_first'}}}
SPLIT = {
    'hosts': [
        {
            'name': 'h1',
            'cards': [
                {'card': 'GRID K2', 'group': 'A'},
                {'card': 'GRID K2', 'group': 'B', 'disabled': ['GRID K200']},
            ],
        }
    ]
}
SOME = {
    'hosts': [
        {
            'name': 'h1',
            'cards': [
                {
                    'card': 'GRID K1',
                    'pgpus': [{}, {}, {}, {'disabled': ['GRID K100']}],
                }
            ],
        }
    ]
}
MULTI = {'hosts': [{'name': 'h1', 'cards': ['NVIDIA A40', 'NVIDIA A40']}]}
A40 = 'Group of NVIDIA Corporation GA102GL [A40] GPUs'
TWO = {
    'hosts': [
        {'name': 'h1', 'cards': ['GRID K2']},
        {'name': 'h2', 'cards': ['GRID K2', 'GRID K2']},
        {'name': 'h3', 'cards': ['GRID K2'], 'online': False},
    ]
}


@ddt.ddt
class ChoiceTestCase(base.PoolTestCase):
    def test_fullest_first(self):
        self.load()
        places = [
            *self.places(self.started('a', 'GRID K260Q')),
            *self.places(self.started('b', 'GRID K260Q')),
            *self.places(self.started('c', 'GRID K260Q')),
        ]
        self.assertEqual(places[0], places[1])
        self.assertNotEqual(places[0], places[2])

    def test_emptiest_first(self):
        self.load({**base.ONE_K2, **BREADTH})
        places = [
            *self.places(self.started('a', 'GRID K260Q')),
            *self.places(self.started('b', 'GRID K260Q')),
        ]
        self.assertNotEqual(*places)

    def test_ties_are_broken_by_lot(self):
        taken = set()
        for seed in range(1, 20):
            self.load({**base.ONE_K2, 'seed': seed})
            vm = self.started('a', 'GRID K260Q')
            taken.add(self.pgpus().index(*self.places(vm)))
        self.assertEqual({0, 1}, taken)

    def test_same_seed_same_lot(self):
        found = []
        for _ in range(2):
            self.load({**base.ONE_K2, 'seed': 5})
            found.append(self.places(self.started('a', 'GRID K260Q')))
        self.assertEqual(*found)

    def test_full(self):
        self.load()
        for number in range(4):
            self.started(f'vm{number}', 'GRID K260Q')
        vm = self.vm('one more', 'GRID K260Q')
        group = self.named('GPU_group', base.K2)
        self.refused(
            ['VM_REQUIRES_VGPU', vm, group, self.type('GRID K260Q')],
            'VM.start_on', vm, self.named('host', 'h1'), False, False,
        )  # fmt: skip
        self.assertEqual('Halted', self.row('VM', vm)['power_state'])

    def test_no_whole_card_left(self):
        self.load()
        for number in range(2):
            self.started(f'vm{number}', 'passthrough')
        vm = self.vm('one more', 'passthrough')
        self.refused(
            ['VM_REQUIRES_GPU', vm, self.named('GPU_group', base.K2)],
            'VM.start_on', vm, self.named('host', 'h1'), False, False,
        )  # fmt: skip

    def test_group_is_kept_to(self):
        self.load(SPLIT)
        vm = self.started('a', 'GRID K240Q', group='B')
        self.assertIn(*self.places(vm), self.pgpus('B'))
        vm = self.vm('b', 'GRID K200', group='B')
        self.refused(
            [
                'VM_REQUIRES_VGPU',
                vm,
                self.named('GPU_group', 'B'),
                self.type('GRID K200'),
            ],
            'VM.start_on', vm, self.named('host', 'h1'), False, False,
        )  # fmt: skip

    def test_enabled_on_some(self):
        self.load(SOME)
        last = self.pgpus(base.K1)[3]
        for number in range(24):
            vm = self.started(f'vm{number}', 'GRID K100', group=base.K1)
            self.assertNotIn(last, self.places(vm))
        vm = self.vm('one more', 'GRID K100', group=base.K1)
        self.refused(
            [
                'VM_REQUIRES_VGPU',
                vm,
                self.named('GPU_group', base.K1),
                self.type('GRID K100'),
            ],
            'VM.start_on', vm, self.named('host', 'h1'), False, False,
        )  # fmt: skip

    def test_several_in_a_vm(self):
        self.load(MULTI)
        vm = self.vm('a', 'NVIDIA A40-48Q', 'NVIDIA A40-48Q', group=A40)
        self.start(vm)
        self.assertEqual(2, len(set(self.places(vm))))

    def test_one_after_the_other_in_a_vm(self):
        self.load(MULTI)
        vm = self.vm('a', *['NVIDIA A40-48Q'] * 3, group=A40)
        self.refused(
            [
                'VM_REQUIRES_VGPU',
                vm,
                self.named('GPU_group', A40),
                self.type('NVIDIA A40-48Q'),
            ],
            'VM.assert_can_boot_here', vm, self.named('host', 'h1'),
        )  # fmt: skip
        self.assertEqual(
            [], self.row('PGPU', self.pgpus(A40)[0])['resident_VGPUs']
        )

    def test_group_without_pgpus_on_the_host(self):
        self.shipped('k1-k2')
        vm = self.vm('a', 'GRID K100', group=base.K1)
        self.refused(
            [
                'VM_REQUIRES_VGPU',
                vm,
                self.named('GPU_group', base.K1),
                self.type('GRID K100'),
            ],
            'VM.start_on', vm, self.named('host', 'h2'), False, False,
        )  # fmt: skip

    # Hosts

    def test_hosts_are_ranked(self):
        self.load(TWO)
        for number in range(6):
            vm = self.vm(f'vm{number}', 'passthrough')
            self.call('VM.start', vm, False, False)
            # The host with fewer places left is filled first.
            name = 'h1' if number < 2 else 'h2'
            host = self.named('host', name)
            self.assertEqual(host, self.row('VM', vm)['resident_on'])
        vm = self.vm('one more', 'passthrough')
        self.refused(['NO_HOSTS_AVAILABLE'], 'VM.start', vm, False, False)

    def test_affinity_goes_before_the_lot(self):
        self.load(TWO)
        host = self.named('host', 'h2')
        vm = self.vm('vm', affinity=host)
        self.call('VM.start', vm, False, False)
        self.assertEqual(host, self.row('VM', vm)['resident_on'])

    def test_capacity_counts_hosts_that_are_offline(self):
        self.load(TWO)
        group = self.named('GPU_group', base.K2)
        self.assertEqual(
            8,
            self.call(
                'GPU_group.get_remaining_capacity',
                group,
                self.type('passthrough'),
            ),
        )
