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
import hypothesis
from hypothesis import strategies as st
from oslotest import base

from nova_vgpu_ext import capacity
from nova_vgpu_ext import placing
from tests.unit import reference
from tests.unit import strategies

SMALL = capacity.Model('small', 'small', 1, 4)
HALF = capacity.Model('half', 'half', 2, 2)
WHOLE = capacity.Model('whole', 'whole', 4, 1, passthrough=True)
MIXING = capacity.Model('mixing', 'mixing', 3, 1, mixes=frozenset(['mate']))
MATE = capacity.Model('mate', 'mate', 1, 2, mixes=frozenset(['mixing']))
ALL = frozenset(['small', 'half', 'whole', 'mixing', 'mate'])


def slot(placed=(), models=ALL, size=4, reserved=False):
    return placing.Slot(size, models, reserved, placing.in_order(dict(placed)))


@ddt.ddt
class RoomTestCase(base.BaseTestCase):
    @ddt.data(
        (SMALL, {}, 4),
        (SMALL, {SMALL: 3}, 1),
        (SMALL, {SMALL: 4}, 0),
        (SMALL, {HALF: 1}, 0),
        (HALF, {SMALL: 1}, 0),
        (HALF, {HALF: 1}, 1),
        (WHOLE, {}, 1),
        (WHOLE, {WHOLE: 1}, 0),
        (WHOLE, {SMALL: 1}, 0),
        (SMALL, {WHOLE: 1}, 0),
        (MATE, {}, 2),
        (MATE, {MIXING: 1}, 1),
        (MATE, {MATE: 2}, 0),
        (MIXING, {MATE: 1}, 1),
        (MIXING, {MATE: 2}, 0),
        (MIXING, {MIXING: 1}, 0),
    )
    @ddt.unpack
    def test_room(self, model, placed, room):
        self.assertEqual(room, placing.room(slot(placed), model))

    def test_no_room_where_the_model_is_disabled(self):
        there = slot({SMALL: 1}, models=frozenset(['half']))
        self.assertEqual(0, placing.room(there, SMALL))

    def test_room_never_falls_below_zero(self):
        self.assertLessEqual(placing.room(slot({SMALL: 9}), SMALL), 0)

    @hypothesis.given(strategies.hosts(), st.data())
    def test_room_is_what_can_be_added_one_by_one(self, host, data):
        model = data.draw(st.sampled_from(host.models))
        for pgpu, placed in reference.Hypervisor(host).cards('g0'):
            there = slot(
                {one: placed.count(one) for one in placed},
                pgpu.models,
                pgpu.size,
            )
            self.assertEqual(
                reference.places_left(model, pgpu, placed),
                max(0, placing.room(there, model)),
            )


@ddt.ddt
class StartsTestCase(base.BaseTestCase):
    def _starts(self, slots, models, algorithm='depth_first'):
        return placing.starts(
            tuple(sorted(slots, key=placing.order)), models, algorithm
        )

    def test_depth_first_keeps_the_empty_pgpu(self):
        slots = slot({SMALL: 1}), slot()
        self.assertTrue(self._starts(slots, [SMALL, WHOLE]))
        self.assertFalse(self._starts(slots, [SMALL, WHOLE], 'breadth_first'))

    def test_each_sees_the_former_choices(self):
        self.assertTrue(self._starts([slot()], [HALF, HALF]))
        self.assertFalse(self._starts([slot()], [HALF, HALF, HALF]))

    def test_nothing_always_starts(self):
        self.assertTrue(self._starts([], []))
        self.assertFalse(self._starts([], [SMALL]))

    def test_the_worst_tie_counts(self):
        # The small one may land on the only pGPU that offers the half.
        one, other = slot(), slot(models=frozenset(['small']))
        for slots in ((one, other), (other, one)):
            for models, starts in (
                ([SMALL, HALF], False),
                ([HALF, SMALL], True),
            ):
                self.assertEqual(
                    starts, placing.starts(slots, models, 'depth_first')
                )

    def test_reserved_pgpus_are_the_hypervisors_all_the_same(self):
        self.assertTrue(self._starts([slot(reserved=True)], [SMALL]))
