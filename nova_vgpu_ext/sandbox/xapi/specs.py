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

"""What a simulated pool is made of, before there is one."""

import dataclasses

from nova_vgpu_ext.sandbox.xapi import pool

LOCAL = 'Local storage'


@dataclasses.dataclass(frozen=True)
class Type:
    """A type of vGPU that a card's driver offers.

    :ivar name: may be empty, and needn't be unique
    :ivar per_pgpu: most of them on one pGPU
    :ivar framebuffer: in bytes
    :ivar multi: may a VM have several?
    """

    identifier: str
    per_pgpu: int
    name: str = ''
    framebuffer: int = 0
    heads: int = 1
    resolution: tuple = (1920, 1080)
    multi: bool = False


@dataclasses.dataclass(frozen=True)
class Card:
    """A kind of card.

    :ivar implementation: of its types: nvidia, nvidia_sriov, gvt_g, mxgpu
    :ivar movable: can VMs that run with its vGPUs be suspended?
    """

    name: str
    vendor_id: str
    device_id: str
    vendor: str
    device: str
    pgpus: int = 1
    implementation: str = 'nvidia'
    passthrough: bool = True
    movable: bool = False
    types: tuple = ()


@dataclasses.dataclass(frozen=True)
class PGPU:
    """One pGPU of a card in a host.

    :ivar group: name, or None for the group that XAPI makes by itself
    :ivar disabled: identifiers of its types that are switched off, and
        ``passthrough``
    """

    group: str | None = None
    disabled: frozenset = frozenset()


@dataclasses.dataclass(frozen=True)
class Installed:
    """A card in a host.

    :ivar pgpus: a PGPU for each that has something to itself, in order
    """

    card: Card
    pgpus: tuple = ()


@dataclasses.dataclass(frozen=True)
class Host:
    """A host; its uuid is made up unless it is given."""

    name: str
    uuid: str | None = None
    memory_mib: int = 65536
    processors: int = 16
    online: bool = True
    enabled: bool = True
    iommu: bool = True
    hvm: bool = True
    cards: tuple = ()


@dataclasses.dataclass(frozen=True)
class Storage:
    """A storage repository.

    :ivar hosts: names of those that see it, all if empty
    """

    name: str
    type: str = 'ext'
    size_gib: int = 500
    hosts: tuple = ()
    shared: bool = False


@dataclasses.dataclass(frozen=True)
class Network:
    """A network.

    :ivar hosts: names of those that have an interface in it
    :ivar internal: has no host one?
    """

    name: str
    bridge: str
    hosts: tuple = ()
    internal: bool = False


@dataclasses.dataclass(frozen=True)
class VM:
    """A VM that is there from the start.

    :ivar state: halted, running, paused or suspended
    :ivar vgpus: (type's identifier, group's name) of each
    """

    name: str
    host: str | None = None
    state: str = 'halted'
    memory_mib: int = 512
    vcpus: int = 1
    hvm: bool = True
    vgpus: tuple = ()
    other_config: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Pool:
    """A whole pool, whose first host is its master.

    :ivar groups: {name: allocation algorithm}
    :ivar restricted: what the licence denies: gpu, vgpu
    """

    hosts: tuple
    name: str = 'pool'
    release: str | None = None
    seed: int = 0
    settings: pool.Settings = dataclasses.field(default_factory=pool.Settings)
    restricted: frozenset = frozenset()
    groups: dict = dataclasses.field(default_factory=dict)
    storages: tuple = ()
    networks: tuple = (Network('eth0', 'xenbr0'),)
    vms: tuple = ()
