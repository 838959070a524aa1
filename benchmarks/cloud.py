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
"""Rows of compute nodes, as the scheduler reads them from the database.

Each host has 8 pGPUs that support 20 models, and 8 PCI devices of the kind
that PciPassthroughFilter looks at, so that both do comparable work. Half of
the hosts hold vGPUs, spread like those of a cloud in use.
"""

import json
import random
import uuid

from nova import objects

from nova_vgpu_ext import capacity
from nova_vgpu_ext import request

HOSTS, PGPUS, MODELS = 1000, 8, 20
SIZE = 1 << 20
WANTED = 'Bench Model 05'


def books(rng):
    """The vGPU books of one host."""
    models = [
        capacity.Model(
            identifier=f'0001:nvidia,2235,,2235,{place:04x}',
            name=f'Bench Model {place:02}',
            size=SIZE // (1 << place % 6),
            limit=1 << place % 6,
        )
        for place in range(MODELS)
    ]
    offered = frozenset(model.identifier for model in models)
    empty = capacity.HostVGPUs(
        models,
        [capacity.Group('group')],
        [
            capacity.PGPU(_uuid(rng), 'group', SIZE, offered)
            for _ in range(PGPUS)
        ],
    )
    filled = empty
    for _ in range(rng.choice((0, 0, 3, 6, 12))):
        model = rng.choice(models[2:])
        wanted = request.VGPURequest.of({model.name: 1})
        if filled.fits(wanted):
            filled = filled.claim(_uuid(rng), wanted)
    return filled


def row(number, rng):
    """A row of compute_nodes."""
    pools = objects.PciDevicePoolList(
        objects=[
            objects.PciDevicePool(
                product_id='2235',
                vendor_id='10de',
                numa_node=place % 2,
                tags={'address': f'0000:{place:02}:00.0'},
                count=1,
            )
            for place in range(PGPUS)
        ]
    )
    return {
        **dict.fromkeys(objects.ComputeNode.fields),
        'id': number,
        'uuid': _uuid(rng),
        'host': f'host{number}',
        'hypervisor_hostname': f'host{number}',
        'hypervisor_type': 'XenServer',
        'hypervisor_version': 8002000,
        'vcpus': 64,
        'vcpus_used': rng.randrange(32),
        'memory_mb': 1 << 19,
        'memory_mb_used': 1 << 18,
        'free_ram_mb': 1 << 18,
        'local_gb': 4000,
        'local_gb_used': 1000,
        'free_disk_gb': 3000,
        'current_workload': 0,
        'running_vms': 10,
        'cpu_info': '{}',
        'stats': '{"num_instances": "10", "io_workload": "0"}',
        'supported_instances': '[["x86_64", "xen", "hvm"]]',
        'pci_stats': json.dumps(pools.obj_to_primitive()),
        'cpu_allocation_ratio': 4.0,
        'ram_allocation_ratio': 1.0,
        'disk_allocation_ratio': 1.0,
        'mapped': 1,
        'vgpus': books(rng).to_json(),
    }


def rows():
    """The same cloud at each call."""
    rng = random.Random(2026)
    return [row(number, rng) for number in range(HOSTS)]


def _uuid(rng):
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))
