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

import copy
import dataclasses

from oslotest import base

from nova_vgpu_ext import capacity
from nova_vgpu_ext import names
from nova_vgpu_ext import request
from tests.unit import factories

asks = factories.asks
resident = factories.resident
SMALL, HALF, WHOLE = factories.MODELS


class FreeTestCase(base.BaseTestCase):
    def test_by_shown_name(self):
        self.assertEqual(
            {'GRID small': 8, 'GRID half': 4, 'GRID passthrough': 2},
            factories.host().free,
        )

    def test_a_dict_for_the_stock_filter(self):
        books = factories.host()
        self.assertIsInstance(books.free, dict)
        self.assertIs(books, books.free.state)

    def test_over_all_groups(self):
        books = factories.host(('a', 'b'), 1).claim('me', asks(small=1))
        self.assertEqual(7, books.free['GRID small'])
        self.assertEqual(1, books.free['GRID passthrough'])

    def test_immutable(self):
        free = factories.host().free
        before = dict(free)
        for change in (
            lambda: free.update(a=1),
            lambda: free.__setitem__('a', 1),
            free.clear,
            free.popitem,
        ):
            self.assertRaises(TypeError, change)
        self.assertEqual(before, free)
        self.assertIs(free, copy.deepcopy(free))

    def test_answers_to_every_name(self):
        free = factories.host().free
        for name in ('GRID small', 'grid_SMALL', '0001-small'):
            self.assertEqual(8, free.get(name))
        self.assertEqual(2, free.get('passthrough'))
        self.assertIsNone(free.get('unknown'))
        self.assertEqual(7, free.get('unknown', 7))

    def test_answers_to_aliases(self):
        key = names.canonical_key
        free = capacity.FreeVGPUs(
            factories.host(), {key('old'): key('GRID half')}
        )
        self.assertEqual(4, free.get('Old'))

    def test_of_a_key(self):
        books = factories.host()
        self.assertEqual(8, books.free_of('CUSTOM_VGPU_GRID_SMALL'))
        self.assertEqual(0, books.free_of('CUSTOM_VGPU_GONE'))
        self.assertIsNone(books.free_of('CUSTOM_VGPU_GONE', None))

    def test_of_any_card(self):
        other = WHOLE._replace(identifier='other', name='other')
        books = capacity.HostVGPUs(
            [WHOLE, other],
            [capacity.Group('a'), capacity.Group('b')],
            [
                capacity.PGPU('1', 'a', 4, frozenset(['other'])),
                capacity.PGPU('2', 'b', 4, frozenset([WHOLE.identifier])),
            ],
        )
        self.assertEqual(2, books.free.get('passthrough'))
        self.assertTrue(books.fits(asks(passthrough=2)))
        self.assertFalse(books.fits(asks(passthrough=3)))


class RowsTestCase(base.BaseTestCase):
    def _rows(self, books):
        return {row.model: tuple(row)[1:] for row in books.rows}

    def test_max_used_and_free(self):
        books = factories.host(
            residents=[resident('g-0'), resident('g-0', owner='me')]
        )
        books = books.claim('me', asks(small=1)).claim('you', asks(half=1))
        self.assertEqual(
            {
                'GRID half': (4, 1, 1),
                'GRID passthrough': (2, 0, 0),
                'GRID small': (8, 2, 2),
            },
            self._rows(books),
        )
        self.assertEqual('GRID half', books.rows[0].model)

    def test_reserved_pgpus_are_in_no_maximum(self):
        books = factories.host(reserved=True, residents=[resident('g-0')])
        self.assertEqual({'GRID small': (0, 1, 0)}, self._rows(books))

    def test_models_held_back_are_shown_while_in_use(self):
        held = SMALL._replace(offered=False)
        self.assertEqual({}, self._rows(factories.host(models=[held])))
        books = factories.host(models=[held], residents=[resident('g-0')])
        self.assertEqual({'GRID small': (0, 1, 0)}, self._rows(books))

    def test_second_names_where_plain_ones_are_equal(self):
        twin = HALF._replace(name='grid-small')
        self.assertEqual(
            {'0001-half': (4, 0, 4), '0001-small': (8, 0, 8)},
            self._rows(factories.host(models=[SMALL, twin])),
        )

    def test_claims_on_what_vanished_are_in_no_row(self):
        books = factories.host().claim('me', asks(gone=1))
        self.assertEqual(factories.host().rows, books.rows)


class FitsTestCase(base.BaseTestCase):
    def test_of_one_model(self):
        books = factories.host()
        self.assertTrue(books.fits(asks(small=8)))
        self.assertFalse(books.fits(asks(small=9)))

    def test_of_several_models(self):
        books = factories.host()
        self.assertTrue(books.fits(asks(small=4, half=2)))
        self.assertFalse(books.fits(asks(small=5, half=1)))

    def test_of_nothing(self):
        self.assertTrue(factories.host().fits(request.NOTHING))
        self.assertTrue(capacity.HostVGPUs().fits(request.NOTHING))

    def test_a_stopped_instance_keeps_its_place(self):
        books = factories.host(pgpus=1).claim('me', asks(small=1))
        self.assertTrue(books.startable(asks(passthrough=1)))
        self.assertFalse(books.fits(asks(passthrough=1)))

    def test_old_and_new_flavor_of_a_resize_both_count(self):
        books = factories.host(pgpus=1).claim('me', asks(half=1))
        self.assertTrue(books.fits(asks(half=1)))
        books = books.claim('me', asks(half=1))
        self.assertFalse(books.fits(asks(half=1)))
        self.assertEqual((4 // 2, 2, 0), tuple(books.rows[0])[1:])


class CompanionsTestCase(base.BaseTestCase):
    """What the hypervisor lets be in one VM."""

    def test_one_for_a_vm(self):
        models = map(factories.alone, factories.MODELS)
        books = factories.host(models=tuple(models))
        self.assertTrue(books.fits(asks(small=1)))
        self.assertEqual(8, books.free['GRID small'])
        for wanted in (asks(small=2), asks(small=1, half=1)):
            self.assertFalse(books.fits(wanted))
            self.assertFalse(books.startable(wanted))
            self.assertIsNone(books.assignment('me', wanted))

    def test_several_of_a_kind(self):
        own = frozenset([factories.SMALL.identifier])
        small = factories.SMALL._replace(companions=own)
        books = factories.host(models=(small, factories.HALF))
        self.assertTrue(books.fits(asks(small=8)))
        self.assertFalse(books.fits(asks(small=9)))

    def test_one_of_each_card(self):
        other = factories.WHOLE._replace(
            identifier='0001:other', name='other passthrough'
        )
        for models in (
            (factories.WHOLE, other),
            tuple(map(factories.alone, (factories.WHOLE, other))),
        ):
            books = capacity.HostVGPUs(
                models,
                [capacity.Group('a'), capacity.Group('b')],
                [
                    capacity.PGPU('a', 'a', 4, frozenset(['0001:whole'])),
                    capacity.PGPU('b', 'b', 4, frozenset(['0001:other'])),
                ],
            )
            together = models[0].companions is None
            self.assertEqual(together, books.fits(asks(passthrough=2)))

    def test_the_first_decides(self):
        """As XAPI asks what a VM has about what it gets."""
        own = frozenset([factories.HALF.identifier])
        small = factories.alone(factories.SMALL)
        half = factories.HALF._replace(companions=own | {'0001:small'})
        books = factories.host(models=(small, half))
        self.assertEqual(
            ['CUSTOM_VGPU_GRID_HALF', 'CUSTOM_VGPU_GRID_SMALL'],
            list(asks(half=1, small=1).keys()),
        )
        self.assertTrue(books.fits(asks(half=1, small=1)))
        self.assertFalse(books.fits(asks(half=1, small=2)))

    def test_a_claim_is_counted_all_the_same(self):
        models = tuple(map(factories.alone, factories.MODELS))
        books = factories.host(models=models).claim('me', asks(small=2))
        self.assertEqual(6, books.free['GRID small'])


class MayTakeTestCase(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.books = factories.host(
            ('g', 'h'), 3, residents=[factories.resident('g-1')]
        )

    def may_take(self, model, group='g'):
        return sorted(self.books.may_take(model.identifier, group))

    def test_the_fullest(self):
        self.assertEqual(['g-1'], self.may_take(factories.SMALL))

    def test_all_that_tie(self):
        self.assertEqual(['g-0', 'g-2'], self.may_take(factories.WHOLE))

    def test_the_emptiest(self):
        breadth = capacity.Group('g', 'breadth_first'), capacity.Group('h')
        self.books = dataclasses.replace(self.books, groups=breadth)
        self.assertEqual(['g-0', 'g-2'], self.may_take(factories.SMALL))

    def test_none(self):
        unknown = factories.SMALL._replace(identifier='unknown')
        self.assertEqual([], self.may_take(unknown))
        self.assertEqual([], self.may_take(factories.SMALL, 'no group'))
        everywhere = [factories.resident(f'g-{n}') for n in range(3)]
        self.books = dataclasses.replace(self.books, residents=everywhere)
        self.assertEqual([], self.may_take(factories.WHOLE))


class ValueTestCase(base.BaseTestCase):
    def test_immutable(self):
        books = factories.host()
        self.assertRaises(
            dataclasses.FrozenInstanceError, setattr, books, 'claims', ()
        )
        before = books.to_json()
        books.claim('me', asks(small=1)).release('me')
        self.assertEqual(before, books.to_json())

    def test_equal_books_are_equal_values(self):
        one, other = factories.host(), factories.host()
        self.assertEqual(one, other)
        self.assertEqual(1, len({one, other}))
        self.assertNotEqual(one, one.claim('me', asks(small=1)))

    def test_copies_are_the_same(self):
        books = factories.host()
        self.assertIs(books, copy.deepcopy(books))
        self.assertEqual(books.free, copy.deepcopy(books.free))

    def test_names_of_own_vms_are_not_kept(self):
        books = factories.host(
            residents=[
                resident('g-0', owner='me', vm='mine'),
                resident('g-0', vm='theirs'),
            ]
        )
        self.assertEqual(['theirs', ''], [r.vm for r in books.residents])
