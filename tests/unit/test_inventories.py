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

import collections

import hypothesis
from hypothesis import strategies as st
from oslotest import base

from nova_vgpu_ext import inventories
from nova_vgpu_ext import names
from tests.unit import factories
from tests.unit import strategies

SMALL = names.canonical_key('GRID small')
HALF = names.canonical_key('GRID half')
WHOLE = names.canonical_key('GRID passthrough')
GONE = names.canonical_key('GRID gone')


def exactly(books):
    """What schedulers allocate for all claims."""
    allocated = collections.defaultdict(collections.Counter)
    for claim in books.claims:
        allocated[claim.owner][claim.key] += 1
    return allocated


class InventoriesTest(base.BaseTestCase):
    """Two pGPUs of 4 x small, 2 x half or 1 x passthrough."""

    def setUp(self):
        super().setUp()
        self.empty = factories.host()

    def left(self, books, allocated, used=None):
        """{key: what Placement would still give out}."""
        used = used or collections.Counter()
        for has in allocated.values():
            used.update(has)
        return {
            key: one.total - one.reserved - used[key]
            for key, one in inventories.inventories(books, allocated).items()
        }

    def test_empty_host(self):
        told = inventories.inventories(self.empty, {})
        self.assertEqual((8, 0), told[SMALL])
        self.assertEqual((4, 0), told[HALF])
        self.assertEqual((2, 0), told[WHOLE])
        self.assertEqual((2, 0), told[names.ANY_PASSTHROUGH_KEY])
        self.assertEqual((8, 0), told[names.canonical_key('0001:small')])

    def test_no_gpus(self):
        nothing = factories.host(models=(), pgpus=0)
        self.assertEqual({}, inventories.inventories(nothing, {}))

    def test_one_model_takes_from_the_others(self):
        books = self.empty.claim('a', factories.asks(small=1))
        left = self.left(books, exactly(books))
        self.assertEqual((7, 2, 1), (left[SMALL], left[HALF], left[WHOLE]))

    def test_what_is_on_its_way_is_taken(self):
        left = self.left(self.empty, {'a': {SMALL: 3}})
        self.assertEqual((5, 4), (left[SMALL], left[HALF]))

    def test_claim_without_an_allocation(self):
        books = self.empty.claim('a', factories.asks(small=1))
        left = self.left(books, {})
        self.assertEqual((7, 2, 1), (left[SMALL], left[HALF], left[WHOLE]))

    def test_instance_that_has_more_than_its_claim(self):
        books = self.empty.claim('a', factories.asks(small=1))
        left = self.left(books, {'a': {SMALL: 2}})
        self.assertEqual(6, left[SMALL])

    def test_what_nobody_will_claim_is_in_nobodys_way(self):
        books = self.empty.claim('a', factories.asks(small=1))
        allocated = {'a': {SMALL: 1, HALF: 1}, 'gone': {SMALL: 2}}
        stale = inventories.excess(books, allocated)
        self.assertEqual({'a': {HALF: 1}, 'gone': {SMALL: 2}}, stale)
        told = inventories.inventories(books, allocated, stale)
        for key, used, free in ((SMALL, 3, 7), (HALF, 1, 2)):
            one = told[key]
            self.assertEqual(free, one.total - one.reserved - used, key)

    def test_class_that_is_allocated_stays(self):
        told = inventories.inventories(self.empty, {'a': {GONE: 1}})
        self.assertEqual((1, 1), told[GONE])

    def test_claims_on_what_is_gone(self):
        books = self.empty.claim('a', factories.asks(gone=2))
        told = inventories.inventories(books, exactly(books))
        self.assertEqual((2, 0), told[GONE])

    @hypothesis.given(strategies.books())
    def test_each_class_says_what_is_free(self, books):
        allocated = exactly(books)
        for key, left in self.left(books, allocated).items():
            self.assertEqual(books.free_of(key), left, key)

    @hypothesis.given(strategies.books(), st.data())
    def test_any_allocations(self, books, data):
        told = inventories.inventories(books, {})
        allocated = data.draw(
            st.dictionaries(
                st.sampled_from(strategies.OWNERS),
                st.dictionaries(
                    st.sampled_from([*told, GONE]), st.integers(1, 3)
                ),
            )
        )
        told = inventories.inventories(books, allocated)
        for one in told.values():
            self.assertGreaterEqual(one.total, 1)
            self.assertTrue(0 <= one.reserved <= one.total)
        due = exactly(books)
        for key, left in self.left(books, allocated).items():
            on_its_way = sum(
                max(0, has.get(key, 0) - due[owner][key])
                for owner, has in allocated.items()
            )
            self.assertEqual(books.free_of(key) - on_its_way, left)
