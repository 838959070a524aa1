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

import threading

import ddt
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nova_vgpu_ext.virt import fake_hypervisor
from nova_vgpu_ext.virt import fake_state
from tests.unit.virt import base
from tests.unit.virt.base import FIRST
from tests.unit.virt.base import K2_GROUP
from tests.unit.virt.base import K2_PASSTHROUGH
from tests.unit.virt.base import K200
from tests.unit.virt.base import K240Q
from tests.unit.virt.base import K260Q
from tests.unit.virt.base import MIXED_GROUP
from tests.unit.virt.base import SECOND
from tests.unit.virt.base import fill
from tests.unit.virt.base import mixed
from tests.unit.virt.base import where

MIXED_HOST = 'cards: [{card: Made-Up Mixed-24}]'
BREADTH_FIRST = """
    cards: [{card: GRID K2, group: b}]
    groups: {b: {algorithm: breadth_first}}
"""


@ddt.ddt
class RoomTest(base.FakeHostTestCase):
    @ddt.data((K200, 16), (K240Q, 8), (K260Q, 4), (K2_PASSTHROUGH, 2))
    @ddt.unpack
    def test_count_on_empty_board(self, identifier, count):
        self.assertEqual(count, fill(self.hypervisor(), identifier))

    @ddt.data(
        *(
            (held, wanted)
            for held in (K200, K240Q, K260Q, K2_PASSTHROUGH)
            for wanted in (K200, K240Q, K260Q, K2_PASSTHROUGH)
            if held != wanted
        )
    )
    @ddt.unpack
    def test_one_type_keeps_others_off_its_pgpu(self, held, wanted):
        hypervisor = self.hypervisor()
        alone = fill(self.hypervisor(host='other'), wanted)
        hypervisor.start_vm('vm', [(held, K2_GROUP)])
        self.assertEqual(alone // 2, fill(hypervisor, wanted))

    @ddt.data(('4', 6), ('8', 3), ('12', 2), ('24', 1), ('desktop', 3))
    @ddt.unpack
    def test_count_on_mixing_card(self, size, count):
        hypervisor = self.hypervisor(MIXED_HOST)
        self.assertEqual(2 * count, fill(hypervisor, mixed(size), MIXED_GROUP))

    @ddt.data(
        (('4',), '4', 5), (('4',), '8', 2), (('4',), '12', 1),
        (('4',), '24', 0), (('4',), 'desktop', 0),
        (('12',), '4', 3), (('12', '8'), '4', 1), (('12', '8'), '8', 0),
        (('12', '12'), '4', 0), (('desktop',), '4', 0),
        (('desktop',) * 3, 'desktop', 0),
    )  # fmt: skip
    @ddt.unpack
    def test_room_beside_others(self, placed, wanted, places):
        hypervisor = self.hypervisor(MIXED_HOST)
        hypervisor.pull_pgpu(SECOND)
        for number, size in enumerate(placed):
            hypervisor.start_vm(f'{number}', [(mixed(size), MIXED_GROUP)])
        self.assertEqual(places, fill(hypervisor, mixed(wanted), MIXED_GROUP))

    def test_nothing_on_a_pgpu_given_away(self):
        hypervisor = self.hypervisor(MIXED_HOST)
        hypervisor.start_vm(
            'vm', [('0001:passthrough,Made-Up Mixed-24', MIXED_GROUP)] * 2
        )
        for size in ('4', '24', 'desktop'):
            self.assertEqual(0, fill(hypervisor, mixed(size), MIXED_GROUP))

    def test_all_or_nothing(self):
        hypervisor = self.hypervisor()
        error = self.assertRaises(
            fake_hypervisor.NoRoom,
            hypervisor.start_vm,
            'vm',
            [(K260Q, K2_GROUP)] * 5,
        )
        self.assertEqual('GRID K260Q', error.name)
        self.assertEqual({}, hypervisor.vms)
        self.assertEqual(4, fill(hypervisor, K260Q))

    def test_types_of_one_vm_do_not_share_a_pgpu(self):
        hypervisor = self.hypervisor()
        hypervisor.start_vm('vm', [(K200, K2_GROUP), (K260Q, K2_GROUP)])
        self.assertEqual(2, len(set(where(hypervisor, 'vm'))))

    def test_unknown_group_and_type(self):
        hypervisor = self.hypervisor()
        self.assertRaises(
            fake_hypervisor.NoRoom, hypervisor.start_vm, 'vm', [(K200, 'x')]
        )
        self.assertRaises(
            fake_hypervisor.Refused,
            hypervisor.start_vm,
            'vm',
            [('x', K2_GROUP)],
        )


@ddt.ddt
class ChoiceTest(base.FakeHostTestCase):
    @ddt.data(*range(8))
    def test_depth_first_takes_the_fullest(self, seed):
        hypervisor = self.hypervisor('cards: [{card: GRID K1}]', seed)
        group = next(iter(hypervisor.groups))
        k140q = '0001:nvidia,0ff2,,0ff7,1037'
        for number in range(4):
            hypervisor.start_vm(f'{number}', [(k140q, group)])
        self.assertEqual(
            1, len({where(hypervisor, vm)[0] for vm in hypervisor.vms})
        )

    @ddt.data(*range(8))
    def test_breadth_first_takes_the_emptiest(self, seed):
        hypervisor = self.hypervisor(BREADTH_FIRST, seed)
        for number in range(4):
            hypervisor.start_vm(f'{number}', [(K240Q, 'b')])
        placed = [where(hypervisor, vm)[0] for vm in hypervisor.vms]
        self.assertEqual(
            {FIRST: 2, SECOND: 2}, {p: placed.count(p) for p in placed}
        )

    def test_seed_breaks_ties(self):
        first = set()
        for seed in range(20):
            hypervisor = self.hypervisor(seed=seed, host=f'{seed}')
            hypervisor.start_vm('vm', [(K200, K2_GROUP)])
            first.update(where(hypervisor, 'vm'))
        self.assertEqual({FIRST, SECOND}, first)

    def test_fullness_counts_for_the_wanted_type(self):
        """20 of 24 taken, or 12: depth first, 4 more go where 4 are left."""
        hypervisor = self.hypervisor(MIXED_HOST)
        hypervisor.start_vm('a', [(mixed('12'), MIXED_GROUP)])
        hypervisor.start_vm('b', [(mixed('8'), MIXED_GROUP)])
        hypervisor.start_vm('c', [(mixed('12'), MIXED_GROUP)])
        hypervisor.start_vm('d', [(mixed('4'), MIXED_GROUP)])
        self.assertEqual(where(hypervisor, 'a'), where(hypervisor, 'd'))
        self.assertNotEqual(where(hypervisor, 'c'), where(hypervisor, 'd'))

    def test_groups_are_kept_apart(self):
        hypervisor = self.hypervisor(
            'cards: [{card: GRID K2, group: a}, {card: GRID K2, group: b}]'
        )
        self.assertEqual(4, fill(hypervisor, K260Q, 'a'))
        hypervisor.start_vm('vm', [(K260Q, 'b')])
        self.assertIn(where(hypervisor, 'vm')[0][:7], ('0000:03', '0000:04'))


@ddt.ddt
class LifeTest(base.FakeHostTestCase):
    def setUp(self):
        super().setUp()
        self.host = self.hypervisor()
        self.host.start_vm('vm', [(K2_PASSTHROUGH, K2_GROUP)], name='one')

    def room(self):
        """How many more VMs with a whole card would start; none is kept."""
        count = fill(self.host, K2_PASSTHROUGH)
        for number in range(count):
            self.host.destroy_vm(f'{K2_PASSTHROUGH}-{number}')
        return count

    def test_running_vm_holds(self):
        self.assertEqual(fake_state.RUNNING, self.host.vm('vm').state)
        self.assertEqual(1, self.room())

    @ddt.data(
        ('stop_vm', fake_state.HALTED),
        ('suspend_vm', fake_state.SUSPENDED),
        ('crash_vm', fake_state.CRASHED),
    )
    @ddt.unpack
    def test_lets_go_and_starts_again(self, method, state):
        getattr(self.host, method)('vm')
        self.assertEqual(state, self.host.vm('vm').state)
        self.assertEqual(2, self.room())
        self.host.start_vm('vm', [(K2_PASSTHROUGH, K2_GROUP)])
        self.assertEqual('one', self.host.vm('vm').name)
        self.assertEqual(1, self.room())

    def test_pause_holds(self):
        before = where(self.host, 'vm')
        self.host.pause_vm('vm')
        self.assertEqual(1, self.room())
        self.host.run_vm('vm')
        self.assertEqual(before, where(self.host, 'vm'))

    def test_destroy(self):
        self.host.destroy_vm('vm')
        self.assertEqual({}, self.host.vms)
        self.assertEqual(2, self.room())

    def test_refused_in_wrong_state(self):
        self.assertRaises(fake_hypervisor.Refused, self.host.start_vm, 'vm')
        self.assertRaises(fake_hypervisor.Refused, self.host.create_vm, 'vm')
        self.host.stop_vm('vm')
        self.assertRaises(fake_hypervisor.Refused, self.host.pause_vm, 'vm')

    @ddt.data('stop_vm', 'suspend_vm', 'pause_vm', 'run_vm', 'destroy_vm')
    def test_no_such_vm(self, method):
        self.assertRaises(
            fake_hypervisor.NoSuchVM, getattr(self.host, method), 'x'
        )

    def test_create_holds_nothing(self):
        self.host.create_vm('new', 'two')
        self.assertEqual(fake_state.HALTED, self.host.vm('new').state)
        self.assertEqual(1, self.room())

    def test_wipe_halts_all(self):
        self.host.start_vm('other', foreign=True)
        self.host.start_vm('moving', state=fake_state.INCOMING)
        self.host.start_vm('asleep')
        self.host.suspend_vm('asleep')
        self.host.wipe()
        self.assertEqual(
            {
                'vm': fake_state.HALTED,
                'other': fake_state.HALTED,
                'asleep': fake_state.SUSPENDED,
            },
            {vm.uuid: vm.state for vm in self.host.vms.values()},
        )
        self.assertEqual(2, self.room())

    def test_state_survives_restart(self):
        self.host.start_vm('other', [(K200, K2_GROUP)], foreign=True)
        self.host.disable_type(K240Q, FIRST)
        self.host.rename_type(K240Q, 'New')
        again = self.hypervisor()
        self.assertEqual(self.host.vms, again.vms)
        self.assertEqual(self.host.pgpus, again.pgpus)
        self.assertEqual(self.host.types, again.types)

    def test_events(self):
        self.host.stop_vm('vm')
        self.hypervisor().wipe()
        events = self.host.events()
        self.assertEqual(
            ['connect', 'start', 'stop', 'connect', 'wipe'],
            [event['event'] for event in events],
        )
        self.assertEqual(
            [1, 2, 3, 4, 5], [event['sequence'] for event in events]
        )
        self.assertEqual('vm', events[1]['vm'])
        self.assertEqual(K2_PASSTHROUGH, events[1]['vgpus'][0][0])

    def test_threads_never_share_a_place(self):
        host = self.hypervisor(host='busy')
        refused = []

        def boot(number):
            try:
                host.start_vm(f'{number}', [(K260Q, K2_GROUP)])
            except fake_hypervisor.NoRoom:
                refused.append(number)

        threads = [threading.Thread(target=boot, args=(n,)) for n in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(6, len(refused))
        self.assertEqual(4, len(host.vms))


class NeverTooMuchTest(base.FakeHostTestCase):
    """Whatever happens, no pGPU holds more than it can."""

    @settings(
        max_examples=50,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.integers(0, 9),
        st.lists(
            st.tuples(
                st.sampled_from(['start', 'stop', 'destroy', 'wipe']),
                st.integers(0, 7),
                st.lists(
                    st.sampled_from(['4', '8', '12', '24', 'desktop']),
                    max_size=3,
                ),
            ),
            max_size=25,
        ),
    )
    def test_never_too_much(self, seed, steps):
        host = self.hypervisor(MIXED_HOST, seed, host='any')
        for uuid in host.vms:
            host.destroy_vm(uuid)
        for step, number, sizes in steps:
            self.play(host, step, f'{number}', sizes)
            self.check(host)

    def play(self, host, step, uuid, sizes):
        try:
            if step == 'start':
                host.start_vm(uuid, [(mixed(s), MIXED_GROUP) for s in sizes])
            elif step == 'wipe':
                host.wipe()
            else:
                getattr(host, f'{step}_vm')(uuid)
        except fake_hypervisor.Refused:
            pass

    def check(self, host):
        types = {one.identifier: one for one in host.types}
        for pgpu in host.pgpus:
            on = [
                types[identifier]
                for vm in host.vms.values()
                for identifier, where in vm.vgpus
                if where == pgpu.id
            ]
            self.assertLessEqual(sum(one.size for one in on), pgpu.size)
            for one in on:
                self.assertLessEqual(on.count(one), one.limit)
                others = {other.identifier for other in on}
                self.assertLessEqual(others, one.mixes | {one.identifier})
