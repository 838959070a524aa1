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

import hypothesis
from hypothesis import strategies as st
from oslotest import base

from nova_vgpu_ext import capacity
from nova_vgpu_ext import choice
from nova_vgpu_ext import request
from tests.unit import factories
from tests.unit import reference
from tests.unit import strategies

asks = factories.asks


def spreads(books, wanted):
    """All ways to spread a request over groups, as {group: [Model]}."""
    models = {model.identifier: model for model in books.models}
    found = [{}]
    for key in wanted.keys():
        found = [
            {**spread, group: [*spread.get(group, ()), models[identifier]]}
            for spread in found
            for identifier, group in choice.options(books, key)
        ]
    return found


def starts(books, spread):
    hypervisor = reference.Hypervisor(books)
    return all(
        reference.starts_whatever_ties(
            models, hypervisor.cards(group), hypervisor.algorithms[group]
        )
        for group, models in spread.items()
    )


class ChooseTestCase(base.BaseTestCase):
    def _groups(self, books, wanted):
        chosen = books.choose(wanted)
        return chosen and [group for _, _, group in chosen]

    def test_fills_a_started_group_first(self):
        books = factories.host(
            ('a', 'b', 'c'), 1, residents=[factories.resident('b-0')]
        )
        self.assertEqual(['b'], self._groups(books, asks(small=1)))
        self.assertEqual(['a'], self._groups(books, asks(passthrough=1)))

    def test_spreads_what_one_group_cannot_take(self):
        books = factories.host(('a', 'b'), 1)
        self.assertEqual(['a'] * 4 + ['b'], self._groups(books, asks(small=5)))

    def test_finds_the_only_spread(self):
        books = factories.host(
            ('a', 'b'),
            1,
            residents=[factories.resident('b-0', factories.HALF)],
        )
        self.assertEqual(
            ['b', 'a'], self._groups(books, asks(half=1, small=1))
        )

    def test_looks_beyond_equal_groups(self):
        """The first model must not take a pGPU that the second needs."""
        first = capacity.Model('first', 'GRID a', 4, 1)
        others = [capacity.Model(name, name, 4, 1) for name in 'xyz']
        offers = {'a': ['first', 'x'], 'b': ['first', 'x']}
        offers['c'] = ['first', 'y', 'z']
        books = capacity.HostVGPUs(
            [first, *others],
            [capacity.Group(group) for group in offers],
            [
                capacity.PGPU(group, group, 4, frozenset(offer))
                for group, offer in offers.items()
            ],
        )
        wanted = request.VGPURequest.of({'GRID a': 1, 'x': 2})
        self.assertEqual(['c', 'a', 'b'], self._groups(books, wanted))

    def test_nowhere(self):
        books = factories.host(('a', 'b'), 1)
        self.assertIsNone(books.choose(asks(half=4, small=1)))
        self.assertIsNone(books.choose(asks(unknown=1)))

    def test_not_where_the_operator_holds_back(self):
        books = factories.host(
            models=[factories.SMALL._replace(offered=False), factories.HALF]
        )
        self.assertIsNone(books.choose(asks(small=1)))
        self.assertFalse(books.startable(asks(small=1)))
        books = factories.host(reserved=True)
        self.assertFalse(books.startable(asks(small=1)))

    def test_a_hard_no_is_found_soon(self):
        """Like groups are interchangeable, or this takes minutes."""
        models = [capacity.Model(name, f'GRID {name}', 1, 3) for name in 'abc']
        books = factories.host(range_of(8), 1, models, size=3)
        self.assertIsNone(books.choose(asks(a=7, b=7, c=7)))

    @hypothesis.given(strategies.hosts(groups=2), st.data())
    def test_startable_if_any_spread_starts(self, books, data):
        wanted = data.draw(strategies.requests(books))
        expected = any(
            starts(books, spread) for spread in spreads(books, wanted)
        )
        self.assertEqual(expected, books.startable(wanted))

    @hypothesis.given(strategies.hosts(groups=2), st.data())
    def test_what_fits_is_startable_as_chosen(self, books, data):
        wanted = data.draw(strategies.requests(books))
        chosen = books.choose(wanted)
        if chosen:
            self.assertEqual(
                list(wanted.keys()), [key for key, _, _ in chosen]
            )
            reference.Hypervisor(books).start('new', [c[1:] for c in chosen])
            self.assertTrue(books.startable(wanted))

    @hypothesis.given(strategies.hosts(groups=2, alike=True), st.data())
    def test_on_like_pgpus_all_that_starts_fits(self, books, data):
        wanted = data.draw(strategies.requests(books))
        self.assertEqual(books.startable(wanted), books.fits(wanted))


class CostTestCase(base.BaseTestCase):
    def test_cost_of_each_group_adds_up(self):
        books = factories.host(('a', 'b'), 1)
        # of a: 4/4, 2/2, 1/1; of b: 1/4, 2/2, 1/1
        self.assertEqual(5.25, choice.cost(books, asks(small=5)))

    def test_what_does_not_fit_has_no_cost(self):
        self.assertIsNone(choice.cost(factories.host(), asks(passthrough=3)))

    def test_nothing_costs_nothing(self):
        self.assertEqual(0, choice.cost(factories.host(), request.NOTHING))


def range_of(count):
    return [f'g{number}' for number in range(count)]
