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

"""Which pGPU of a group the hypervisor gives a vGPU, as XAPI decides it.

Candidates are the pGPUs with room for the model; the fullest comes first,
or the emptiest, as the group's algorithm says. What ties is decided by the
order of a set, which no client knows, so a start counts as possible only
where every way of breaking the ties leads to it.
(xen-api: ocaml/xapi/xapi_pgpu_helpers.ml, ocaml/xapi/vgpuops.ml)
"""

import typing

from nova_vgpu_ext import gpus


class Slot(typing.NamedTuple):
    """A pGPU without its identity: what it offers, what is on it.

    :ivar placed: sorted tuple of (gpus.Model, count)
    """

    size: int
    models: frozenset
    reserved: bool
    placed: tuple

    def plus(self, model):
        """This pGPU with one more vGPU on it."""
        placed = dict(self.placed)
        placed[model] = placed.get(model, 0) + 1
        return self._replace(placed=in_order(placed))


def in_order(placed):
    """The tuple for Slot.placed of {gpus.Model: count}."""
    return tuple(sorted(placed.items(), key=lambda item: item[0].identifier))


def order(slot):
    """Any order will do that makes equal states equal tuples."""
    identifiers = [(model.identifier, count) for model, count in slot.placed]
    return slot.reserved, identifiers, hash(slot.models)


def room(slot, model):
    """How many more of the model alone the hypervisor would start here."""
    if model.identifier not in slot.models:
        return 0
    taken, same = 0, 0
    for other, count in slot.placed:
        if other.identifier not in model.family:
            return 0
        taken += count * other.size
        same += count * (other == model)
    return min((slot.size - taken) // model.size, model.limit - same)


def starts(slots, models, algorithm):
    """Would the models start one after the other, however ties break?

    :param slots: tuple of Slot, in order
    :param models: of gpus.Model, in device order
    """
    states = {slots}
    for model in models:
        outcomes = [_outcomes(state, model, algorithm) for state in states]
        if not all(outcomes):
            return False
        states = set().union(*outcomes)
    return True


def preferred(slots, model, algorithm):
    """Indexes of the slots of which the hypervisor takes one.

    :returns: list; empty if it would refuse the model
    """
    rooms = [room(slot, model) for slot in slots]
    candidates = [places for places in rooms if places > 0]
    if not candidates:
        return []
    pick = min if algorithm == gpus.DEPTH_FIRST else max
    best = pick(candidates)
    return [index for index, places in enumerate(rooms) if places == best]


def _outcomes(slots, model, algorithm):
    """The states that one start may lead to; none if it is refused."""
    indexes = preferred(slots, model, algorithm)
    return {_after(slots, index, model) for index in indexes}


def _after(slots, index, model):
    changed = slots[index].plus(model)
    others = slots[:index] + slots[index + 1 :]
    return tuple(sorted((*others, changed), key=order))
