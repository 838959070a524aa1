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

"""A hypervisor to check the core against: brute force, sums of its own.

It follows the words of XAPI (xen-api: ocaml/xapi/xapi_pgpu_helpers.ml and
ocaml/xapi/vgpuops.ml) and knows what stands on each card as a plain list.
"""

from nova_vgpu_ext import capacity


class Refused(Exception):
    """No pGPU of the group has room."""


def may_join(model, pgpu, placed):
    """May a vGPU be added to the models that are on a pGPU?"""
    return (
        model.identifier in pgpu.models
        and all(
            other.identifier == model.identifier
            or other.identifier in model.mixes
            for other in placed
        )
        and model.size + sum(other.size for other in placed) <= pgpu.size
        and 1 + placed.count(model) <= model.limit
    )


def places_left(model, pgpu, placed):
    """How many of a model can be added one by one."""
    placed = list(placed)
    before = len(placed)
    while may_join(model, pgpu, placed):
        placed.append(model)
    return len(placed) - before


def tied(model, cards, algorithm):
    """Places in the list of the cards of which XAPI may take any.

    :param cards: list of (gpus.PGPU, list of gpus.Model)
    """
    left = [places_left(model, *card) for card in cards]
    if not any(left):
        return []
    wanted = max(left)
    if algorithm == 'depth_first':
        wanted = min(places for places in left if places)
    return [place for place, places in enumerate(left) if places == wanted]


def starts_whatever_ties(models, cards, algorithm):
    """Do they start one after the other, each tie broken in each way?"""
    if not models:
        return True
    places = tied(models[0], cards, algorithm)
    return bool(places) and all(
        starts_whatever_ties(
            models[1:], with_one_more(cards, place, models[0]), algorithm
        )
        for place in places
    )


def with_one_more(cards, place, model):
    """The cards after one vGPU was placed."""
    return [
        (pgpu, [*placed, model] if index == place else placed)
        for index, (pgpu, placed) in enumerate(cards)
    ]


class Hypervisor:
    """A running host.

    :param host: capacity.HostVGPUs; its residents run, its claims are unknown
    :param pick: function that breaks ties: of a list, one
    """

    def __init__(self, host, pick=min):
        self.models = {model.identifier: model for model in host.models}
        self.algorithms = dict(host.groups)
        self.pgpus = host.pgpus
        self.pick = pick
        self.running = [tuple(resident) for resident in host.residents]

    def cards(self, group):
        """What tied() takes, of one group."""
        return [
            (
                pgpu,
                [
                    self.models[model]
                    for p, model, *_ in self.running
                    if p == pgpu.id
                ],
            )
            for pgpu in self.pgpus
            if pgpu.group == group
        ]

    def start(self, owner, places):
        """Start a VM, or change nothing.

        :param places: (identifier, group id) of each vGPU in device order
        :raises Refused: if one finds no room
        """
        before = self.running
        for identifier, group in places:
            cards = self.cards(group)
            candidates = tied(
                self.models[identifier], cards, self.algorithms[group]
            )
            if not candidates:
                self.running = before
                raise Refused(f'{owner}: no room for {identifier} in {group}')
            pgpu, _ = cards[self.pick(candidates)]
            vgpu = pgpu.id, identifier, owner, ''
            self.running = [*self.running, vgpu]

    def stop(self, owner):
        """Stop a VM of Nova's, whether it runs or not."""
        self.running = [vgpu for vgpu in self.running if vgpu[2] != owner]

    def stop_foreign(self):
        """Stop all VMs that aren't Nova's."""
        self.stop(None)

    def is_running(self, owner):
        return any(vgpu[2] == owner for vgpu in self.running)

    def residents(self):
        """A snapshot."""
        return tuple(capacity.Resident(*vgpu) for vgpu in self.running)
