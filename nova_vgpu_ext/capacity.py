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

"""The vGPUs of a host: what is there, what is taken, what is promised.

``HostVGPUs`` is the one value that makes the whole way from the driver
through resource tracker, database and scheduler to what people see. It is
immutable: claim and release give new values. Nothing here knows Nova.
"""

import collections
import dataclasses
import functools

from nova_vgpu_ext import books_json
from nova_vgpu_ext import choice
from nova_vgpu_ext import findings
from nova_vgpu_ext import group_books
from nova_vgpu_ext import host_names
from nova_vgpu_ext import promises
from nova_vgpu_ext import validation
from nova_vgpu_ext.free_vgpus import FreeVGPUs
from nova_vgpu_ext.gpus import PGPU
from nova_vgpu_ext.gpus import Claim
from nova_vgpu_ext.gpus import Group
from nova_vgpu_ext.gpus import InvalidVGPUs
from nova_vgpu_ext.gpus import Model
from nova_vgpu_ext.gpus import Resident
from nova_vgpu_ext.gpus import Row
from nova_vgpu_ext.gpus import Shortage

__all__ = [
    'PGPU',
    'Claim',
    'FreeVGPUs',
    'Group',
    'HostVGPUs',
    'InvalidVGPUs',
    'Model',
    'Resident',
    'Row',
    'Shortage',
]


@dataclasses.dataclass(frozen=True)
class HostVGPUs:
    """The books of one host.

    :ivar models: of gpus.Model
    :ivar groups: of gpus.Group
    :ivar pgpus: of gpus.PGPU
    :ivar residents: of gpus.Resident, what the hypervisor runs
    :ivar claims: of gpus.Claim, what Nova has promised
    :ivar running: owners of VMs that run. The driver names all; after an
        audit, there are only those that should have vGPUs and lack some
    :raises InvalidVGPUs: if one of them contradicts another
    """

    models: tuple = ()
    groups: tuple = ()
    pgpus: tuple = ()
    residents: tuple = ()
    claims: tuple = ()
    running: tuple = ()

    def __post_init__(self):
        residents = tuple(map(_in_short, self.residents))
        object.__setattr__(self, 'residents', residents)
        object.__setattr__(self, 'running', tuple(sorted(self.running)))
        for field, order in validation.ORDERS.items():
            ordered = tuple(sorted(getattr(self, field), key=order))
            object.__setattr__(self, field, ordered)
        validation.check(self)

    def __deepcopy__(self, memo):
        """Immutable; Nova copies compute nodes to see what changed."""
        return self

    def to_json(self):
        """The text of which from_json makes an equal value."""
        return self._json

    @functools.cached_property
    def _json(self):
        return books_json.dump(self)

    @classmethod
    def from_json(cls, text):
        """:raises InvalidVGPUs: one sentence that says what is wrong."""
        return cls(**books_json.load(text))

    # What the books are made of

    @functools.cached_property
    def names(self):
        """The host_names.HostNames of the models."""
        return host_names.HostNames(self.models)

    @functools.cached_property
    def pending(self):
        """The claims for which no vGPU of their owner runs."""
        return promises.pending(self)

    @functools.cached_property
    def claimed(self):
        """{owner: Counter of the canonical keys of its claims}."""
        found = collections.defaultdict(collections.Counter)
        for claim in self.claims:
            found[claim.owner][claim.key] += 1
        return dict(found)

    @functools.cached_property
    def gpu_groups(self):
        """{group id: gpu_group.GPUGroup}."""
        return {group.id: group_books.of(self, group) for group in self.groups}

    # What is free

    def _free(self, identifier):
        """How many more of a model alone fit, over all groups."""
        return sum(g.free(identifier) for g in self.gpu_groups.values())

    def free_of(self, key, default=0):
        """How many more fit of what a canonical key means here.

        :param default: the answer where it means nothing
        """
        found = self.names.models_of(key)
        if not found:
            return default
        return sum(self._free(identifier) for identifier in found)

    @functools.cached_property
    def most(self):
        """Counter of how many of each model alone an empty host has."""
        most = collections.Counter()
        for group in self.gpu_groups.values():
            most.update(group.most)
        return most

    @functools.cached_property
    def free(self):
        """The FreeVGPUs of these books."""
        return FreeVGPUs(self)

    @functools.cached_property
    def rows(self):
        """What people see of the host: a gpus.Row a model, by name."""
        used = collections.Counter(r.model for r in self.residents)
        used.update(claim.model for claim in self.pending)
        most = self.most
        return tuple(
            sorted(
                Row(
                    self.names.shown(identifier),
                    most[identifier],
                    used[identifier],
                    self._free(identifier),
                )
                for identifier, *_ in self.models
                if most[identifier] or used[identifier]
            )
        )

    # What a request (a VGPURequest) may get

    def fits(self, request):
        """Would it start now, and all claims still start, in any order?"""
        if len(request.items) == 1:
            # Groups don't affect each other, so of one model alone exactly
            # as many fit as are free.
            key, count = request.items[0]
            if count == 1 or choice.several(self, key):
                return self.free_of(key) >= count
        return self.choose(request) is not None

    def startable(self, request):
        """Would the hypervisor start it now, promises aside?"""
        return choice.choose(self, request, _starts) is not None

    def may_take(self, identifier, group_id):
        """Of which pGPUs the hypervisor would give one to a vGPU now.

        It alone decides, so where its order ties there are several.

        :returns: frozenset of their ids; empty if it would refuse
        """
        for group in self.groups:
            if group.id == group_id:
                return group_books.may_take(self, identifier, group)
        return frozenset()

    @functools.cached_property
    def _choices(self):
        return {}

    def choose(self, request):
        """The best places of a request.

        :returns: tuple of (key, identifier, group id), one a vGPU in device
            order; None if the request doesn't fit
        """
        if request not in self._choices:
            self._choices[request] = choice.choose(self, request, _fits)
        return self._choices[request]

    # Claims

    def claim(self, owner, request, like=None):
        """The books with a request promised to an owner, fitting or not.

        An instance that is here is counted even where hardware that
        vanished left it short, so this never refuses: ask ``fits`` first.

        :param like: former books, from which the owner's claims keep their
            groups
        """
        claims = promises.made(self, owner, request, like)
        return dataclasses.replace(self, claims=self.claims + claims)

    def release(self, owner, request=None):
        """The books without an owner's claim, or without a part of it.

        Releasing what isn't there changes nothing.
        """
        claims, residents = promises.without(self, owner, request)
        return dataclasses.replace(self, claims=claims, residents=residents)

    def holding(self, owner, residents):
        """The books in which this is all that an owner's VMs hold.

        :param residents: of gpus.Resident; those of hardware that isn't in
            the books are left out, as the next snapshot has them
        """
        pgpus = {pgpu.id for pgpu in self.pgpus}
        models = {model.identifier for model in self.models}
        others = [r for r in self.residents if r.owner != owner]
        known = [r for r in residents if r.pgpu in pgpus and r.model in models]
        return dataclasses.replace(
            self,
            residents=(*others, *known),
            running=[other for other in self.running if other != owner],
        )

    def assignment(self, owner, request):
        """Where the driver is to start the vGPUs of an owner.

        :returns: tuple of (identifier, group id), one a vGPU in device
            order: as claimed, or chosen now for an owner without a claim;
            None if neither can be
        """
        places = promises.places(self, owner, request) or self.choose(request)
        return places and tuple(place[1:] for place in places)

    # Findings

    def lacking(self, owners):
        """The books that name as running who lacks vGPUs, of some owners.

        :param owners: whose vGPUs should all run where their VM does
        """
        waiting = {claim.owner for claim in self.pending}
        lacking = waiting.intersection(owners, self.running)
        return dataclasses.replace(self, running=tuple(lacking))

    @functools.cached_property
    def findings(self):
        """A findings.Finding for all that an administrator should know."""
        return findings.of_books(self)

    @functools.cached_property
    def shortages(self):
        """A gpus.Shortage for each model whose claims can't all run."""
        return promises.shortages(self)


def _in_short(resident):
    """The name of an owner's VM isn't kept, and of others the beginning."""
    return resident._replace(vm='' if resident.owner else resident.vm[:36])


def _starts(group, wanted):
    return group.starts(wanted)


def _fits(group, wanted):
    return group.fits(wanted)
