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

"""The values that the books of a host are made of.

The words are XAPI's: a PGPU is one physical GPU, a group holds like PGPUs
among which the hypervisor places a VM's vGPU by itself.
"""

import typing

BREADTH_FIRST = 'breadth_first'
DEPTH_FIRST = 'depth_first'
ALGORITHMS = (BREADTH_FIRST, DEPTH_FIRST)


class InvalidVGPUs(ValueError):
    """The books of a host contradict themselves or can't be read."""


class Model(typing.NamedTuple):
    """What a flavor can ask for: a vGPU type, or a whole card.

    :ivar identifier: the hypervisor's stable identity of the type
    :ivar name: the hypervisor's own name; may be empty or not unique
    :ivar size: what one vGPU takes of a pGPU, in the units of PGPU.size
    :ivar limit: most vGPUs of the model on one pGPU
    :ivar passthrough: whether it is a whole pGPU, given away as it is
    :ivar mixes: identifiers of the other models that may share a pGPU
        with it. XAPI lets a model share with itself only, which is the
        empty set.
    :ivar offered: False where the operator holds the model back
    :ivar companions: identifiers of the models of which a VM that has this
        one may have more, itself included if it may have several; None if
        the hypervisor lets any be in one VM
    """

    identifier: str
    name: str
    size: int
    limit: int
    passthrough: bool = False
    mixes: frozenset = frozenset()
    offered: bool = True
    companions: frozenset | None = None

    def admits(self, other):
        """May a VM that has this model have another after it?"""
        return self.companions is None or other.identifier in self.companions

    @property
    def family(self):
        """All models that may be on one pGPU together, itself included."""
        return self.mixes | {self.identifier}


class Group(typing.NamedTuple):
    """Like pGPUs; the hypervisor chooses among them by the algorithm."""

    id: str
    algorithm: str = DEPTH_FIRST


class PGPU(typing.NamedTuple):
    """One physical GPU.

    :ivar models: identifiers of what the hypervisor would start on it
        now: supported, and not disabled
    :ivar reserved: held back by the operator from Nova's instances
    """

    id: str
    group: str
    size: int
    models: frozenset
    reserved: bool = False


class Resident(typing.NamedTuple):
    """A vGPU that the hypervisor has placed on a pGPU.

    :ivar owner: uuid of Nova's instance, None for a foreign VM
    :ivar vm: what the hypervisor calls the VM, for messages
    """

    pgpu: str
    model: str
    owner: str | None = None
    vm: str = ''


class Claim(typing.NamedTuple):
    """One vGPU promised to an instance, running or not.

    :ivar key: the canonical key by which the flavor asked for it
    :ivar model: the identifier that the key meant, empty if no model of
        the host has that name (any more)
    :ivar group: where it is to be started, empty if nowhere
    """

    owner: str
    key: str
    model: str = ''
    group: str = ''


class Row(typing.NamedTuple):
    """What people see of one model on one host.

    Used and free need not add up to max: what other models took of the
    same pGPUs is in neither.
    """

    model: str
    max: int
    used: int
    free: int


class Shortage(typing.NamedTuple):
    """A model of which Nova's claims can't all run any more.

    :ivar pgpus: ids of the pGPUs of its group
    :ivar vms: foreign VMs that hold vGPUs there
    """

    model: str
    group: str
    pgpus: tuple
    vms: tuple
