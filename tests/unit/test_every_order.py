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

"""The promise: whatever was claimed can start, at any time, in any order."""

import itertools

import hypothesis
from oslotest import base

from nova_vgpu_ext import capacity
from tests.unit import every_order
from tests.unit import reference
from tests.unit import strategies

LONG = strategies.PROFILE == 'long'
KINDS = [(1, 2), (1, 1), (2, 1)]  # (size, limit) on pGPUs of size 2
OFFERS = [frozenset('a'), frozenset('b'), frozenset('ab')]


def small_hosts(pgpus, offers):
    """All hosts of a number of pGPUs of size 2 and two models."""
    for kinds, mixing, algorithm, each in itertools.product(
        itertools.combinations_with_replacement(KINDS, 2),
        (False, True),
        ('depth_first', 'breadth_first'),
        itertools.combinations_with_replacement(offers, pgpus),
    ):
        yield capacity.HostVGPUs(
            [
                capacity.Model(
                    identifier,
                    identifier,
                    *kind,
                    mixes=frozenset(other if mixing else ''),
                )
                for identifier, other, kind in zip(
                    'ab', 'ba', kinds, strict=True
                )
            ],
            [capacity.Group('g', algorithm)],
            [
                capacity.PGPU(str(number), 'g', 2, offer)
                for number, offer in enumerate(each)
            ],
        )


class EveryOrderTestCase(base.BaseTestCase):
    """Visits all states of a group and checks what must hold in each."""

    def _check(self, host, limit=None):
        group = every_order.Group(host)
        for state in group.visit(limit=limit):
            books = group.books(state)
            self._check_promises(group, state, books)
            for identifier in group.offered:
                self._check_answers(group, state, books, identifier)

    def _check_promises(self, group, state, books):
        for identifier in state.waiting:
            self.assertTrue(
                group.starts(state, identifier), (state, identifier)
            )
        if all(ours for placed in state.placed for _, ours in placed):
            self.assertEqual([], books.short_of, state)

    def _check_answers(self, group, state, books, identifier):
        about = state, identifier
        fits = books.fits((identifier,))
        starts = bool(group.starts(state, identifier))
        self.assertEqual(starts, books.starts((identifier,)), about)
        self.assertLessEqual(fits, starts, about)
        self.assertEqual(fits, books.free(identifier) > 0, about)
        if fits:
            after = group.books(group.claimed(state, identifier))
            self.assertEqual(
                books.free(identifier) - 1, after.free(identifier), about
            )
            if not books.short_of:
                self.assertEqual([], after.short_of, about)
            for other in group.offered:
                self.assertLessEqual(
                    after.free(other), books.free(other), about
                )

    def test_of_small_hosts(self):
        for host in itertools.chain(
            small_hosts(1, OFFERS), small_hosts(2, OFFERS)
        ):
            self._check(host)

    def test_of_three_pgpus(self):
        for host in small_hosts(3, OFFERS if LONG else OFFERS[2:]):
            self._check(host)

    @hypothesis.given(strategies.hosts(pgpus=4 if LONG else 3))
    @hypothesis.settings(max_examples=5000 if LONG else 300)
    def test_of_any_group(self, host):
        self._check(host, limit=2000 if LONG else 400)


class ExactnessTestCase(base.BaseTestCase):
    """Depth-first groups of like pGPUs, one model per pGPU."""

    def _startable_but_refused(self, host, limit):
        """(group, state, identifier) of what starts now and doesn't fit."""
        group = every_order.Group(host)
        for state in group.visit(limit=limit):
            books = group.books(state)
            for identifier in group.offered:
                if not books.fits((identifier,)) and books.starts(
                    (identifier,)
                ):
                    yield group, state, identifier

    @hypothesis.given(strategies.hosts(alike=True))
    def test_with_nothing_pending_all_that_starts_fits(self, host):
        for _, state, identifier in self._startable_but_refused(host, 200):
            self.assertTrue(state.waiting, identifier)

    @hypothesis.given(strategies.hosts(alike=True))
    @hypothesis.settings(max_examples=5000 if LONG else 30)
    def test_what_is_refused_could_break_a_promise(self, host):
        for group, state, identifier in self._startable_but_refused(host, 60):
            broken = (
                not group.starts(reached, waiting)
                for reached in group.visit(
                    claims=False, first=group.claimed(state, identifier)
                )
                for waiting in reached.waiting
            )
            self.assertTrue(any(broken), (state, identifier))


class RequestTestCase(base.BaseTestCase):
    @hypothesis.given(strategies.hosts(), strategies.st.data())
    def test_starts_as_often_as_ties_allow(self, host, data):
        group = every_order.Group(host)
        offered = sorted(group.offered)
        wanted = data.draw(
            strategies.st.lists(
                strategies.st.sampled_from(offered), max_size=4
            )
        )
        expected = reference.starts_whatever_ties(
            [group.models[identifier] for identifier in wanted],
            group.cards(group.start),
            group.algorithm,
        )
        books = group.books(group.start)
        self.assertEqual(expected, books.starts(wanted))
