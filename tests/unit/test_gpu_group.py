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

"""Tables for the bound; tests.unit.test_every_order searches for gaps."""

import ddt
from oslotest import base

from nova_vgpu_ext import capacity
from nova_vgpu_ext import gpu_group
from nova_vgpu_ext import placing

SMALL = capacity.Model('small', 'small', 1, 4)
HALF = capacity.Model('half', 'half', 2, 2)
WHOLE = capacity.Model('whole', 'whole', 4, 1, passthrough=True)
MODELS = SMALL, HALF, WHOLE
ALL = frozenset(model.identifier for model in MODELS)


def slot(models=ALL, reserved=False, **placed):
    by_name = {model.identifier: model for model in MODELS}
    return placing.Slot(
        4,
        models,
        reserved,
        placing.in_order({by_name[i]: count for i, count in placed.items()}),
    )


def group(
    *slots,
    algorithm='depth_first',
    models=MODELS,
    owned=(),
    foreign=(),
    **pending,
):
    running = {
        model.identifier
        for one in slots
        for model, _ in one.placed
        if model.identifier not in foreign
    }
    return gpu_group.gpu_group(
        algorithm, models, slots, pending.items(), {*running, *pending, *owned}
    )


def free(books):
    return {model: books.free(model) for model in books.models}


@ddt.ddt
class FreeTestCase(base.BaseTestCase):
    def test_empty(self):
        self.assertEqual(
            {'small': 8, 'half': 4, 'whole': 2}, free(group(slot(), slot()))
        )

    def test_one_small_takes_a_pgpu_from_the_others(self):
        expected = {'small': 7, 'half': 2, 'whole': 1}
        self.assertEqual(expected, free(group(slot(), slot(small=1))))
        self.assertEqual(expected, free(group(slot(), slot(), small=1)))

    def test_pending_ones_fill_one_pgpu_depth_first(self):
        self.assertEqual(
            {'small': 4, 'half': 2, 'whole': 1},
            free(group(slot(), slot(), small=4)),
        )

    def test_pending_ones_may_be_anywhere_breadth_first(self):
        books = group(slot(), slot(), algorithm='breadth_first', small=2)
        self.assertEqual({'small': 6, 'half': 0, 'whole': 0}, free(books))

    def test_fragments_are_used_up(self):
        self.assertEqual(
            {'small': 6, 'half': 0, 'whole': 0},
            free(group(slot(small=1), slot(small=1))),
        )

    def test_reserved_pgpus_are_not_counted_on(self):
        self.assertEqual(
            {'small': 4, 'half': 2, 'whole': 1},
            free(group(slot(), slot(reserved=True))),
        )

    def test_a_vgpu_on_a_reserved_pgpu_blocks_no_other(self):
        books = group(slot(), slot(reserved=True, small=1))
        self.assertEqual([], books.short_of)
        self.assertEqual(0, books.free('half'))  # the small one may move

    def test_disabled_models_are_not_free(self):
        books = group(slot(models=frozenset(['small'])), slot())
        self.assertEqual({'small': 8, 'half': 2, 'whole': 1}, free(books))

    def test_what_runs_where_it_is_disabled_may_move(self):
        books = group(slot(models=frozenset(['half']), small=1), slot())
        self.assertEqual({'small': 3, 'half': 0, 'whole': 0}, free(books))

    def test_models_held_back_are_not_free(self):
        books = group(slot(), models=(SMALL._replace(offered=False), HALF))
        self.assertEqual({'small': 0, 'half': 2}, free(books))
        self.assertFalse(books.offers('small'))
        self.assertTrue(books.offers('half'))

    def test_unknown_models_are_not_free(self):
        self.assertEqual(0, group(slot()).free('unknown'))
        self.assertFalse(group(slot()).offers('unknown'))

    def test_mixing_models_share_pgpus(self):
        large = capacity.Model('l', 'l', 2, 2, mixes=frozenset('s'))
        small = capacity.Model('s', 's', 1, 4, mixes=frozenset('l'))
        there = placing.Slot(4, frozenset('ls'), False, ((large, 1),))
        books = group(there, models=(large, small))
        self.assertEqual({'l': 1, 's': 2}, free(books))

    def test_limits_below_what_the_size_allows(self):
        few = capacity.Model('f', 'f', 1, 2)
        there = placing.Slot(4, frozenset('f'), False, ())
        books = group(there, there, models=(few,), f=1)
        self.assertEqual({'f': 3}, free(books))

    def test_other_models_count_against_the_size_not_the_limit(self):
        few = capacity.Model('f', 'f', 1, 2, mixes=frozenset('l'))
        large = capacity.Model('l', 'l', 4, 1, mixes=frozenset('f'))
        there = placing.Slot(4, frozenset('fl'), False, ())
        books = group(there, there, models=(few, large), f=1)
        self.assertEqual({'f': 3, 'l': 1}, free(books))

    def test_pgpus_out_of_reach_do_not_count(self):
        """Claims on another pGPU leave a promise alone, family or not."""
        whole = capacity.Model('w', 'w', 4, 1)
        one = capacity.Model('a', 'a', 1, 4, mixes=frozenset('b'))
        two = capacity.Model('b', 'b', 1, 4, mixes=frozenset('a'))
        slots = [
            placing.Slot(4, frozenset(models), False, ())
            for models in ('wa', 'wa', 'b')
        ]
        books = group(
            *slots,
            algorithm='breadth_first',
            models=(whole, one, two),
            **{'w': 1, 'a': 1, 'b': 4},
        )
        self.assertEqual([], books.short_of)
        self.assertEqual({'w': 0, 'a': 0, 'b': 0}, free(books))

    @ddt.data('depth_first', 'breadth_first')
    def test_without_pgpus(self, algorithm):
        books = group(algorithm=algorithm, small=1)
        self.assertEqual({'small': 0, 'half': 0, 'whole': 0}, free(books))
        self.assertEqual(['small'], books.short_of)


class FitsTestCase(base.BaseTestCase):
    def test_startable_but_promised(self):
        books = group(slot(), small=1)
        self.assertTrue(books.starts(('whole',)))
        self.assertFalse(books.fits(('whole',)))

    def test_several_models_at_once(self):
        books = group(slot(), slot())
        self.assertTrue(books.fits(('small', 'half')))
        self.assertFalse(books.fits(('small', 'half', 'whole')))

    def test_foreign_vms_are_promised_nothing(self):
        """The whole one may be where the small one was, once that stops."""
        slots = slot(small=1), slot(models=frozenset(['whole']))
        self.assertFalse(group(*slots).fits(('whole',)))
        self.assertTrue(group(*slots, foreign=['small']).fits(('whole',)))

    def test_what_fits_leaves_nothing_short_where_a_model_was_disabled(self):
        one = capacity.Model('a', 'a', 1, 2, mixes=frozenset('b'))
        two = capacity.Model('b', 'b', 1, 2, mixes=frozenset('a'))
        slots = [
            placing.Slot(2, frozenset('a'), False, ((two, 1),)),
            placing.Slot(2, frozenset('b'), False, ()),
        ]
        for extra in range(3):
            books = group(*slots, models=(one, two), a=1, b=extra)
            if not books.short_of and books.fits(('b',)):
                after = group(*slots, models=(one, two), a=1, b=extra + 1)
                self.assertEqual([], after.short_of)

    def test_equal_books_are_one_object(self):
        one = group(slot(), slot(small=1))
        self.assertIs(one, group(slot(small=1), slot()))
        self.assertIsNot(one, group(slot(), slot()))


class ShortTestCase(base.BaseTestCase):
    def test_nothing_is_short(self):
        self.assertEqual([], group(slot(), slot(), small=4, half=2).short_of)

    def test_only_what_is_short_is_named(self):
        only = frozenset(['whole'])
        books = group(slot(models=only), slot(), whole=2, small=1)
        self.assertEqual(['small', 'whole'], books.short_of)
        # The whole one may be placed where the small ones must be.
        books = group(slot(models=only), slot(), whole=1, small=4)
        self.assertEqual(['small'], books.short_of)

    def test_a_model_claimed_in_another_group_is_not_short_here(self):
        books = group(slot(whole=1), owned=['small'])
        self.assertEqual([], books.short_of)

    def test_a_vgpu_bigger_than_its_pgpus_is_short(self):
        huge = capacity.Model('huge', 'huge', 9, 1)
        books = group(slot(), models=(*MODELS, huge), huge=1)
        self.assertEqual(['huge'], books.short_of)

    def test_beside_a_resident_bigger_than_its_pgpu(self):
        huge = capacity.Model('huge', 'huge', 9, 1)
        there = placing.Slot(4, ALL, False, ((huge, 1),))
        books = group(there, models=(*MODELS, huge), small=1)
        self.assertEqual(['huge', 'small'], books.short_of)

    def test_what_is_not_touched_still_fits(self):
        books = group(
            slot(models=frozenset(['small'])),
            slot(models=frozenset(['whole']), whole=1),
            whole=1,
        )
        self.assertEqual(['whole'], books.short_of)
        self.assertEqual(4, books.free('small'))
        self.assertEqual(0, books.free('whole'))


class CostTestCase(base.BaseTestCase):
    def test_cost_is_the_share_that_is_lost(self):
        # small 8 -> 7, half 4 -> 2, whole 2 -> 1
        books = group(slot(), slot())
        self.assertEqual(1 / 8 + 2 / 4 + 1 / 2, books.cost(('small',)))

    def test_a_started_pgpu_is_cheaper(self):
        started = group(slot(), slot(small=1))
        fresh = group(slot(), slot())
        self.assertLess(started.cost(('small',)), fresh.cost(('small',)))

    def test_models_without_pgpus_cost_nothing(self):
        books = group(slot(models=frozenset(['small'])))
        self.assertEqual(2 / 4, books.cost(('small', 'small')))
