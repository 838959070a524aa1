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


"""What the books predict against what the simulator does."""

import dataclasses
import random

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from oslotest import base

from nova_vgpu_ext import capacity
from nova_vgpu_ext.request import VGPURequest
from tests.unit import figures
from tests.unit import strategies
from tests.unit.virt.xenapi import nova_host
from tests.unit.virt.xenapi import pool_cards
from tests.unit.virt.xenapi import pool_states

ORDERS = 3
thorough = settings(
    max_examples=20000 if strategies.PROFILE == 'long' else 200
)


class PredictionTest(base.BaseTestCase):
    @thorough
    @given(pool_states.questions())
    def test_startable_is_exact(self, question):
        figures.count('examples')
        state, asked = question
        host = nova_host.NovaHost(state)
        books = host.books
        starts = False
        for places in pool_cards.choices(asked, state.pool):
            starts |= self.starts(host.hypervisor, books, places)
        figures.count('requests that start', starts)
        self.assertEqual(starts, books.startable(VGPURequest.of(asked)))

    def starts(self, hypervisor, books, places):
        """Whether XAPI starts it, on pGPUs that the books name."""
        vm = hypervisor.make(places)
        if vm is None or not hypervisor.start(vm):
            if len(places) == 1:
                named = books.may_take(*hypervisor.in_books(*places))
                self.assertEqual(frozenset(), named)
            return False
        for place, pgpu in zip(places, hypervisor.taken(vm), strict=True):
            identifier, group = hypervisor.in_books(place)
            self.assertIn(pgpu, books.may_take(identifier, group))
            resident = capacity.Resident(pgpu, identifier)
            books = dataclasses.replace(
                books, residents=(*books.residents, resident)
            )
        hypervisor.remove(vm)
        return True

    @thorough
    @given(pool_states.questions())
    def test_what_fits_starts_where_it_should(self, question):
        figures.count('examples')
        state, asked = question
        host = nova_host.NovaHost(state)
        wanted = VGPURequest.of(asked)
        books = host.books
        fits, startable = books.fits(wanted), books.startable(wanted)
        figures.count('startable', startable)
        figures.count('of them refused by fits', startable and not fits)
        if fits:
            self.assertTrue(startable)
            self.start(host.hypervisor, books, wanted)

    @thorough
    @given(pool_states.plain_questions())
    def test_what_starts_fits_where_groups_are_plain(self, question):
        figures.count('examples')
        state, asked = question
        books = nova_host.NovaHost(state).books
        self.assertEqual((), books.pending)
        wanted = VGPURequest.of(asked)
        startable = books.startable(wanted)
        figures.count('startable, none of them refused by fits', startable)
        self.assertEqual(startable, books.fits(wanted))

    def start(self, hypervisor, books, wanted):
        """Start a VM where the books say; XAPI must let it."""
        places = [
            hypervisor.from_books(*place)
            for place in books.assignment('new', wanted)
        ]
        vm = hypervisor.make(places)
        self.assertIsNotNone(vm)
        self.assertTrue(hypervisor.start(vm))

    @thorough
    @given(pool_states.questions())
    def test_as_many_start_as_are_free(self, question):
        figures.count('examples')
        state, asked = question
        host = nova_host.NovaHost(state)
        name = min(asked)
        for _ in range(host.books.free.get(name, 0)):
            figures.count('vGPUs that were free, and started')
            self.start(host.hypervisor, host.books, VGPURequest.of({name: 1}))

    @thorough
    @given(pool_states.states(), st.integers(0, 99))
    def test_all_of_novas_start_in_any_order(self, state, seed):
        figures.count('examples')
        host = nova_host.NovaHost(state)
        chance = random.Random(seed)
        for _ in range(ORDERS):
            owners = chance.sample(host.owners, len(host.owners))
            for owner in owners:
                figures.count('starts of instances')
                self.assertTrue(host.start(owner))
            for owner in owners:
                host.stop(owner)
