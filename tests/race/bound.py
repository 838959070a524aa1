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

"""How many would one scheduler have placed that never lost a race?

Each round is played again on the books alone, from what was there at its
begin: the requests come one by one in the order of their arrival, and each
gets the host that VGPUWeigher would choose.
"""

import types

from nova_vgpu_ext import capacity
from nova_vgpu_ext import choice
from nova_vgpu_ext import request
from nova_vgpu_ext.virt import fake_inventory

_DIGITS = 9


class Cloud:
    """The books of some hosts.

    :param cards: {host: fake_cards.HostCards}
    :param running: {host: {VM: ((type identifier, pGPU id), ...)}}
    """

    def __init__(self, cards, running):
        self._books = {}
        self._vms = {host: len(running.get(host, ())) for host in cards}
        for host, its_cards in cards.items():
            books = _empty(its_cards)
            for vm, vgpus in running.get(host, {}).items():
                books = books.holding(vm, _residents(vm, vgpus))
            self._books[host] = books

    def boot(self, vm, model):
        """Place a VM with one vGPU; whether there was room."""
        wanted = request.VGPURequest.of({model: 1})
        costs = {
            host: choice.cost(books, wanted)
            for host, books in self._books.items()
        }
        fitting = [host for host, cost in costs.items() if cost is not None]
        if not fitting:
            return False
        host = min(
            fitting,
            key=lambda one: (round(costs[one], _DIGITS), self._vms[one], one),
        )
        self._vms[host] += 1
        self._books[host] = _started(self._books[host], vm, wanted)
        return True


def _empty(cards):
    return fake_inventory.host_vgpus(
        types.SimpleNamespace(
            vms={},
            pgpus=tuple(cards.pgpus.values()),
            types=tuple(cards.types.values()),
            groups=cards.groups,
        )
    )


def _residents(vm, vgpus):
    return [
        capacity.Resident(pgpu, identifier, vm) for identifier, pgpu in vgpus
    ]


def _started(books, vm, wanted):
    """The books after the hypervisor has started a VM."""
    ((identifier, group),) = books.assignment(vm, wanted)
    pgpu = min(books.may_take(identifier, group))
    books = books.claim(vm, wanted)
    return books.holding(vm, _residents(vm, [(identifier, pgpu)]))


def granted(cards, running, boots):
    """How many of some boot.Boots there would have been room for."""
    cloud = Cloud(cards, running)
    in_order = sorted(boots, key=lambda boot: boot.asked)
    return sum(cloud.boot(boot.server, boot.model) for boot in in_order)
