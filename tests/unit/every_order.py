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

"""All that can happen to one GPU group, one event after the other.

Nova claims what fits and releases it; VMs start, placed by the hypervisor
of tests.unit.reference with each tie broken in each way, and stop. The
states of a small group are few enough to visit all of them.
"""

import collections
import typing

from nova_vgpu_ext import gpu_group
from nova_vgpu_ext import placing
from tests.unit import reference


class State(typing.NamedTuple):
    """:ivar placed: of each pGPU, sorted tuple of (identifier, is Nova's)
    :ivar waiting: sorted tuple of identifiers that are claimed, not running
    """

    placed: tuple
    waiting: tuple = ()


class Group:
    """One group, given as capacity.HostVGPUs with foreign residents only."""

    def __init__(self, host):
        self.models = {model.identifier: model for model in host.models}
        self.algorithm = host.groups[0].algorithm
        self.pgpus = host.pgpus
        foreign = tuple(
            tuple(
                (r.model, False) for r in host.residents if r.pgpu == pgpu.id
            )
            for pgpu in host.pgpus
        )
        self.start = State(self._in_order(foreign))
        self.offered = set().union(*(pgpu.models for pgpu in self.pgpus))

    def books(self, state):
        """The gpu_group.GPUGroup of a state."""
        slots = []
        for pgpu, placed in zip(self.pgpus, state.placed, strict=True):
            counts = collections.Counter(self.models[i] for i, _ in placed)
            slots.append(
                placing.Slot(
                    pgpu.size,
                    pgpu.models,
                    pgpu.reserved,
                    placing.in_order(counts),
                )
            )
        running = [vgpu for placed in state.placed for vgpu in placed]
        return gpu_group.gpu_group(
            self.algorithm,
            self.models.values(),
            slots,
            collections.Counter(state.waiting).items(),
            {i for i, ours in running if ours}.union(state.waiting),
        )

    def cards(self, state):
        """What the reference hypervisor takes."""
        return [
            (pgpu, [self.models[identifier] for identifier, _ in placed])
            for pgpu, placed in zip(self.pgpus, state.placed, strict=True)
        ]

    def starts(self, state, identifier):
        """The states to which the hypervisor may bring it, none if refused."""
        places = reference.tied(
            self.models[identifier], self.cards(state), self.algorithm
        )
        return {self._placed(state, place, identifier) for place in places}

    def visit(self, claims=True, limit=None, first=None):
        """All states that can be reached.

        :param claims: whether claims are made and released on the way, or
            VMs start and stop only
        :param limit: of the number of states
        :param first: from which one; the start if None
        """
        first = first or self.start
        seen, todo = {first}, collections.deque([first])
        while todo and (limit is None or len(seen) < limit):
            state = todo.popleft()
            yield state
            found = set(self._power(state))
            if claims:
                found.update(self._claims(state))
            todo.extend(sorted(found - seen))
            seen |= found

    def claimed(self, state, identifier):
        return State(state.placed, tuple(sorted((*state.waiting, identifier))))

    def _claims(self, state):
        books = self.books(state)
        for identifier in self.offered:
            if books.fits((identifier,)):
                yield self.claimed(state, identifier)
        for identifier in set(state.waiting):
            yield State(state.placed, _less(state.waiting, identifier))
        for place, vgpu in self._running(state):
            yield self._taken(state, place, vgpu)

    def _power(self, state):
        for identifier in set(state.waiting):
            for started in self.starts(state, identifier):
                yield State(started.placed, _less(state.waiting, identifier))
        for place, vgpu in self._running(state):
            if vgpu[1]:
                stopped = self._taken(state, place, vgpu)
                yield self.claimed(stopped, vgpu[0])

    def _running(self, state):
        return {
            (place, vgpu)
            for place, placed in enumerate(state.placed)
            for vgpu in placed
        }

    def _placed(self, state, place, identifier):
        placed = list(state.placed)
        placed[place] += ((identifier, True),)
        return State(self._in_order(placed), state.waiting)

    def _taken(self, state, place, vgpu):
        placed = list(state.placed)
        placed[place] = _less(placed[place], vgpu)
        return State(self._in_order(placed), state.waiting)

    def _in_order(self, placed):
        """Like pGPUs are interchangeable: one order of them is enough."""
        alike = collections.defaultdict(list)
        for pgpu, vgpus in zip(self.pgpus, placed, strict=True):
            alike[pgpu.models, pgpu.reserved].append(tuple(sorted(vgpus)))
        for key in alike:
            alike[key].sort(reverse=True)
        return tuple(alike[p.models, p.reserved].pop() for p in self.pgpus)


def _less(values, value):
    rest = list(values)
    rest.remove(value)
    return tuple(rest)
