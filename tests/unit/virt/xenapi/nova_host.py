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

"""A nova-compute on the host h1 of a simulated pool, without Nova."""

import itertools
import uuid

from nova_vgpu_ext import capacity
from nova_vgpu_ext.request import VGPURequest
from tests.unit.virt.xenapi import simulated


class NovaHost:
    """A hypervisor, and the books that Nova keeps of its host h1.

    :param state: pool_states.State
    """

    def __init__(self, state):
        self.hypervisor = simulated.Hypervisor(state.pool)
        self._requests, self._vms, self._places = {}, {}, {}
        self._foreign = [self.hypervisor.add(vm) for vm in state.vms]
        self._claimed = capacity.HostVGPUs()
        for action in state.actions:
            self._do(action)
        for vm in state.late:
            self.hypervisor.add(vm)

    @property
    def books(self):
        """Made anew, as in an audit."""
        books = self.hypervisor.books()
        for owner, wanted in self._requests.items():
            books = books.claim(owner, wanted, like=self._claimed)
        self._claimed = books
        return books

    @property
    def owners(self):
        """Uuids of Nova's instances."""
        return list(self._requests)

    def _do(self, action):
        owner = str(uuid.UUID(int=action.number + 1))
        if action.name in ('boot', 'make'):
            self._boot(owner, action)
        elif action.name == 'stop foreign':
            self._stop_foreign(action.number)
        elif owner not in self._requests:
            return
        elif action.name == 'start':
            self._must(self.start(owner), owner)
        else:
            self.stop(owner)
            if action.name == 'delete':
                del self._requests[owner]

    def _boot(self, owner, action):
        wanted = VGPURequest.of(action.asked)
        if owner not in self._requests and self.books.fits(wanted):
            self._requests[owner] = wanted
            if action.name == 'boot':
                self._must(self.start(owner), owner)

    def _stop_foreign(self, number):
        for vm in filter(None, self._foreign[number : number + 1]):
            self.hypervisor.stop(vm)

    def _must(self, started, owner):
        # Whether foreign VMs or nobody came in between: promised is promised.
        if not started:
            raise AssertionError(
                f'{owner} was promised its vGPUs: {self.books}'
            )

    def start(self, owner):
        """Whether XAPI starts an instance where the books say."""
        places = tuple(
            itertools.starmap(
                self.hypervisor.from_books,
                self.books.assignment(owner, self._requests[owner]),
            )
        )
        if self._places.get(owner) != places:
            self.stop(owner)
            self._vms[owner] = self.hypervisor.make(places, owner)
            self._places[owner] = places
        vm = self._vms[owner]
        return vm is not None and (
            self.hypervisor.is_running(vm) or self.hypervisor.start(vm)
        )

    def stop(self, owner):
        if self._vms.get(owner):
            self.hypervisor.stop(self._vms[owner])
