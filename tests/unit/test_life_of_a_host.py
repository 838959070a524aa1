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

"""Whatever happens on a host, Nova's instances can start.

A VM is started where the books assign it, on the hypervisor of
tests.unit.reference; ties are broken at random.
"""

import copy
import dataclasses

from hypothesis import stateful
from hypothesis import strategies as st

from nova_vgpu_ext import capacity
from tests.unit import reference
from tests.unit import strategies


class LifeOfAHost(stateful.RuleBasedStateMachine):
    """Books with a fresh snapshot after each event, and what they are of."""

    @stateful.initialize(host=strategies.hosts(groups=2), random=st.randoms())
    def install(self, host, random):
        self.random = random
        self.books = host
        self.hypervisor = reference.Hypervisor(host, random.choice)
        self.flavors = {}  # owner: its request; two while it is resized

    def _look(self):
        self.books = dataclasses.replace(
            self.books, residents=self.hypervisor.residents()
        )

    def _start(self, hypervisor, owner, wanted):
        if not hypervisor.is_running(owner):
            hypervisor.start(owner, self.books.assignment(owner, wanted))

    @stateful.rule(owner=st.sampled_from(strategies.OWNERS), data=st.data())
    def boot_or_resize(self, owner, data):
        wanted = data.draw(strategies.requests(self.books))
        flavors = self.flavors.get(owner, ())
        if len(flavors) > 1 or not self.books.fits(wanted):
            return
        assert self.books.startable(wanted)
        self.books = self.books.claim(owner, wanted)
        self.flavors[owner] = (*flavors, wanted)
        if flavors:  # from now on the VM has the new flavor
            self.hypervisor.stop(owner)
        self._start(self.hypervisor, owner, wanted)
        self._look()

    def _owners(self, data):
        return data.draw(st.sampled_from(sorted(self.flavors)))

    @stateful.precondition(lambda self: self.flavors)
    @stateful.rule(data=st.data(), confirm=st.booleans())
    def end_of_a_resize(self, data, confirm):
        owner = self._owners(data)
        if len(self.flavors[owner]) < 2:
            return
        old, new = self.flavors[owner]
        kept, dropped = (new, old) if confirm else (old, new)
        if not confirm:
            self.hypervisor.stop(owner)
        self.books = self.books.release(owner, dropped)
        self.flavors[owner] = (kept,)
        self._start(self.hypervisor, owner, kept)
        self._look()

    @stateful.precondition(lambda self: self.flavors)
    @stateful.rule(data=st.data())
    def stop(self, data):
        self.hypervisor.stop(self._owners(data))
        self._look()

    @stateful.precondition(lambda self: self.flavors)
    @stateful.rule(data=st.data())
    def start(self, data):
        owner = self._owners(data)
        self._start(self.hypervisor, owner, self.flavors[owner][-1])
        self._look()

    @stateful.precondition(lambda self: self.flavors)
    @stateful.rule(data=st.data())
    def delete(self, data):
        owner = self._owners(data)
        self.hypervisor.stop(owner)
        self.books = self.books.release(owner)
        del self.flavors[owner]
        assert self.books == self.books.release(owner)
        assert self.books.residents == self._looked().residents

    def _looked(self):
        return dataclasses.replace(
            self.books, residents=self.hypervisor.residents()
        )

    @stateful.rule()
    def stop_foreign(self):
        self.hypervisor.stop_foreign()
        self._look()

    @stateful.rule()
    def audit(self):
        """Books made anew from a snapshot are the running ones."""
        rebuilt = dataclasses.replace(self.books, claims=())
        claims = [
            (owner, wanted)
            for owner, flavors in self.flavors.items()
            for wanted in flavors
        ]
        self.random.shuffle(claims)
        for owner, wanted in claims:
            rebuilt = rebuilt.claim(owner, wanted, like=self.books)
        assert rebuilt == self.books
        assert capacity.HostVGPUs.from_json(rebuilt.to_json()) == rebuilt

    @stateful.invariant()
    def everyone_can_start(self):
        self._start_all(copy.copy(self.hypervisor))

    @stateful.invariant()
    def everyone_can_start_after_a_reboot(self):
        hypervisor = copy.copy(self.hypervisor)
        for owner in self.flavors:
            hypervisor.stop(owner)
        self._start_all(hypervisor)

    def _start_all(self, hypervisor):
        owners = sorted(self.flavors)
        self.random.shuffle(owners)
        for owner in owners:
            wanted = self.random.choice(self.flavors[owner])
            self._start(hypervisor, owner, wanted)

    @stateful.invariant()
    def nothing_is_short(self):
        assert not self.books.shortages


class BetweenAudits(LifeOfAHost):
    """The snapshot is renewed by audits alone, and nothing is released."""

    delete = None
    end_of_a_resize = None

    def _look(self):
        pass

    @stateful.rule()
    def audit(self):
        super()._look()
        super().audit()


SETTINGS = strategies.hypothesis.settings(
    max_examples=2000 if strategies.PROFILE == 'long' else 60,
    stateful_step_count=30,
)


class LifeOfAHostTestCase(LifeOfAHost.TestCase):
    settings = SETTINGS


class BetweenAuditsTestCase(BetweenAudits.TestCase):
    settings = SETTINGS
