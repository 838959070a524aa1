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

"""What one GPU group can still take.

A group is looked at without the ids of its pGPUs: equal states are one
state, so hosts with like cards share all answers. Two questions are asked.

*What would the hypervisor do now?* ``starts`` asks nova_vgpu_ext.placing.

*Can every promise still be kept?* Instances stop, and start again in any
order, each time placed anew by the hypervisor. ``keeps_promises`` is a
bound that no order of starts can break. For each family of models that may
share pGPUs it knows the most pGPUs that the family can ever occupy
(``_most``). A model with claims is safe if, after all other families took
as many as they can of the pGPUs that offer it, enough are left (``_need``):
a vGPU of size s fails to start only when on each of those more than
(size of the pGPU - s) is taken, so that many pGPUs are never all blocked.
For depth-first groups of like pGPUs with one model per pGPU, the bound is
exact.
"""

import collections
import functools
import math

from nova_vgpu_ext import gpus
from nova_vgpu_ext import placing


class GPUGroup:
    """The books of one group; immutable, with its answers cached on it.

    Made by ``gpu_group``, which hands out one object for equal books.

    :param algorithm: ``depth_first`` or ``breadth_first``
    :param models: tuple of gpus.Model, all that the group offers or holds
    :param slots: the pGPUs
    :param pending: tuple of (identifier, count), promised but not running
    :param owned: identifiers that Nova's own instances hold or are promised
    """

    def __init__(self, algorithm, models, slots, pending, owned):
        self.algorithm = algorithm
        self.models = {model.identifier: model for model in models}
        self.slots = slots
        self.size = slots[0].size if slots else 0
        self.owned = owned
        self.pending = collections.Counter(dict(pending))
        self.running = collections.Counter()
        for slot in self.slots:
            for model, count in slot.placed:
                self.running[model.identifier] += count
        self.demand = self.running + self.pending
        self._depth_first = algorithm == gpus.DEPTH_FIRST
        self._fits = {}
        self._free = {}

    def starts(self, wanted):
        """Would the hypervisor start these now, one after the other?

        :param wanted: identifiers in device order
        """
        return placing.starts(
            self.slots, [self.models[w] for w in wanted], self.algorithm
        )

    # What has been promised

    @functools.cached_property
    def _offering(self):
        """{identifier: bit mask of the slots that Nova may count on}."""
        return {
            identifier: self._mask(identifier in s.models for s in self.slots)
            for identifier in self.models
        }

    @functools.cached_property
    def _holding(self):
        """{identifier: bit mask of the slots on which the model runs}.

        What runs on a reserved pGPU blocks nothing that Nova counts on.
        """
        return {
            identifier: self._mask(model in dict(s.placed) for s in self.slots)
            for identifier, model in self.models.items()
        }

    def _mask(self, flags):
        """A bit mask of a flag for each slot, without the reserved ones."""
        return sum(
            1 << index
            for index, flag in enumerate(flags)
            if flag and not self.slots[index].reserved
        )

    def _need(self, identifier, demand, members):
        """On so many pGPUs of its own, the model always finds room."""
        size, limit = self.models[identifier][2:4]
        step = math.gcd(*(self.models[member].size for member in members))
        blocked = ((self.size - size) // step + 1) * step
        if blocked <= 0:  # bigger than the pGPUs: no number is enough
            return len(self.slots) + 1
        others = sum(demand[m] * self.models[m].size for m in members) - size
        full = 0
        if limit * size < blocked:  # full by count before it is by size
            full = (demand[identifier] - 1) // limit
        return full + (others - full * limit * size) // blocked + 1

    def _most(self, members, demand, ground):
        """The most slots of a ground that these of a family can occupy.

        Depth first, a model opens a pGPU only when those that have it are
        full. That holds where it is the only one of its family: in a mix,
        XAPI's measure (places left for the model to be placed) may tie an
        empty pGPU with a used one.

        :param ground: bit mask of slots, each in reach of one of the members
        """
        most = min(sum(demand[m] for m in members), ground.bit_count())
        if self._depth_first and len(members) == 1:
            offering = self._offering[members[0]]
            held = self._holding[members[0]] & ground
            need = self._need(members[0], demand, members)
            opened = max(need, (held & offering).bit_count())
            most = min(most, opened + (held & ~offering).bit_count())
        return most

    def _reach(self, identifier):
        return self._offering[identifier] | self._holding[identifier]

    def keeps_promises(self, wanted):
        """Could all claims and the wanted ones start, in any order, always?

        :param wanted: {identifier: count}; claims of models that share no
            pGPU with these aren't looked at, as they aren't affected
        """
        demand = self.demand + collections.Counter(wanted)
        touched = 0
        for identifier in wanted:
            touched |= self._reach(identifier)
        return all(
            self._is_safe(identifier, demand)
            for identifier in demand
            if identifier in wanted
            or (
                identifier in self.owned
                and self._offering[identifier] & touched
            )
        )

    def _is_safe(self, identifier, demand):
        """Is room left for the model when others took all they can?"""
        ground = self._offering[identifier]
        families, reach = collections.defaultdict(list), collections.Counter()
        for other in demand:
            shared = self._reach(other) & ground
            if shared:
                family = self.models[other].family
                families[family].append(other)
                reach[family] |= shared
        own = families.pop(self.models[identifier].family, ())
        left = ground.bit_count() - sum(
            self._most(members, demand, reach[family])
            for family, members in families.items()
        )
        return bool(own) and self._need(identifier, demand, own) <= left

    # Answers

    def fits(self, wanted):
        """Would these start now, and every promise be kept afterwards?"""
        if wanted not in self._fits:
            self._fits[wanted] = self.starts(wanted) and self.keeps_promises(
                collections.Counter(wanted)
            )
        return self._fits[wanted]

    def free(self, identifier):
        """How many more of the model alone fit; 0 if it is unknown here."""
        if identifier not in self._free:
            model = self.models.get(identifier)
            self._free[identifier] = self._most_that_fits(model)
        return self._free[identifier]

    def _most_that_fits(self, model):
        """The most that both the hypervisor and the promises allow.

        Placing one model alone fills each pGPU in the end, in whatever
        order, so what would start is the sum of the rooms. The bound only
        ever tightens with the count, so halving finds it.
        """
        if model is None or not model.offered:
            return 0
        low, high = 0, sum(placing.room(slot, model) for slot in self.slots)
        while low < high:
            middle = (low + high + 1) // 2
            if self.keeps_promises({model.identifier: middle}):
                low = middle
            else:
                high = middle - 1
        return low

    @functools.cached_property
    def most(self):
        """{identifier: how many of it the empty group hosts for Nova}."""
        return {
            identifier: self._offering[identifier].bit_count()
            * min(self.size // model.size, model.limit)
            for identifier, model in self.models.items()
            if model.offered
        }

    def offers(self, identifier):
        """Whether Nova's instances may ever have the model here."""
        return self.most.get(identifier, 0) > 0

    def cost(self, wanted):
        """Which part of what is free here the wanted ones take away.

        :param wanted: identifiers
        :returns: sum over the models of (free before - free after) / most
        """
        pending = self.pending + collections.Counter(wanted)
        after = gpu_group(
            self.algorithm,
            self.models.values(),
            self.slots,
            pending.items(),
            self.owned.union(wanted),
        )
        return sum(
            (self.free(identifier) - after.free(identifier)) / most
            for identifier, most in self.most.items()
            if most
        )

    @functools.cached_property
    def short_of(self):
        """Identifiers of Nova's models whose claims can't all run."""
        return sorted(
            identifier
            for identifier in self.owned & self.demand.keys()
            if not self._is_safe(identifier, self.demand)
        )


_cached = functools.lru_cache(maxsize=4096)(GPUGroup)


def gpu_group(algorithm, models, slots, pending, owned):
    """The GPUGroup of these books; equal books are the same object."""
    return _cached(
        algorithm,
        tuple(models),
        tuple(sorted(slots, key=placing.order)),
        tuple(sorted(pending)),
        frozenset(owned),
    )
