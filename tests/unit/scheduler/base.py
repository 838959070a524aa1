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

"""Hosts and requests as the scheduler sees them."""

import datetime
import uuid

from nova import objects

from nova_vgpu_ext import extension
from nova_vgpu_ext.scheduler import host_state
from tests.unit import factories

extension.install()

ONE_SMALL = {'vgpus:GRID small': '1'}


def request_spec(extra_specs=None, **fields):
    """A request of one instance."""
    return objects.RequestSpec(
        instance_uuid=str(uuid.uuid4()),
        flavor=objects.Flavor(
            extra_specs=extra_specs or {},
            vcpus=1,
            memory_mb=64,
            root_gb=1,
            ephemeral_gb=0,
            swap=0,
        ),
        num_instances=1,
        numa_topology=None,
        pci_requests=objects.InstancePCIRequests(requests=[]),
        image=objects.ImageMeta(properties=objects.ImageMetaProps()),
        **{'scheduler_hints': {}, 'ignore_hosts': None, **fields},
    )


def host(name='host', books=None, **attributes):
    """A HostState; books: HostVGPUs or None."""
    state = host_state.HostState(name, name, None)
    state.vgpu_books = books
    state.stats = {}
    state.vcpus_total = 16
    state.cpu_allocation_ratio = 1.0
    state.free_ram_mb = 1024
    for attribute, value in attributes.items():
        setattr(state, attribute, value)
    return state


def gpu_host(name='host', residents=(), **attributes):
    """Two pGPUs of 4 x small, 2 x half or 1 x passthrough each."""
    return host(name, factories.host(residents=residents), **attributes)


def compute_node(books=None, version=objects.ComputeNode, **fields):
    """What the database has of a host.

    :param version: the class; the stock one takes no books
    """
    fields = {
        'id': 1,
        'uuid': str(uuid.uuid4()),
        'host': 'host',
        'hypervisor_hostname': 'host',
        'updated_at': datetime.datetime.now(datetime.UTC),
        'free_disk_gb': 10,
        'disk_available_least': None,
        'local_gb': 10,
        'local_gb_used': 0,
        'memory_mb': 1024,
        'free_ram_mb': 1024,
        'vcpus': 8,
        'vcpus_used': 0,
        'numa_topology': None,
        'pci_device_pools': None,
        'host_ip': '127.0.0.1',
        'hypervisor_type': 'fake',
        'hypervisor_version': 1,
        'cpu_info': '',
        'supported_hv_specs': [],
        'stats': {},
        'metrics': None,
        'cpu_allocation_ratio': 1.0,
        'ram_allocation_ratio': 1.0,
        'disk_allocation_ratio': 1.0,
        **fields,
    }
    if books is not None:
        fields['vgpus'] = books
    return version(**fields)
