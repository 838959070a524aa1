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


"""Small pools as XAPI's records."""

import itertools

from oslo_utils.fixture import uuidsentinel as uuids

from nova_vgpu_ext.virt.xenapi import gpu_books

NULL = 'OpaqueRef:NULL'
K100, K140Q = '0001:nvidia,0ff2,,0fe7,101e', '0001:nvidia,0ff2,,0ff7,1037'
K1 = '0001:passthrough,10de,0ff2'


def vgpu_type(identifier, name, **changes):
    kind = 'nvidia' if identifier != '0001:passthrough' else 'passthrough'
    return {
        'identifier': identifier,
        'vendor_name': 'NVIDIA Corporation',
        'model_name': name,
        'implementation': kind,
        'compatible_types_in_vm': [],
        **changes,
    }


TYPES = {
    'k100': vgpu_type(K100, 'GRID K100'),
    'k140q': vgpu_type(K140Q, 'GRID K140Q'),
    'whole': vgpu_type('0001:passthrough', 'passthrough', vendor_name=''),
}
LIMITS = {'k100': '8', 'k140q': '4', 'whole': '1'}


class Pool:
    """Has one GRID K1 with two pGPUs, in one group."""

    def __init__(self):
        self.types = {ref: dict(one) for ref, one in TYPES.items()}
        self.groups = {}
        self.pgpus = {}
        self.pcis = {}
        self.vgpus = {}
        self.vms = {}
        self._numbers = itertools.count()
        self.add_group('group')
        self.add_pgpu('first')
        self.add_pgpu('second')

    def add_group(self, ref, **changes):
        self.groups[ref] = {
            'uuid': getattr(uuids, ref),
            'name_label': f'Group {ref}',
            'allocation_algorithm': 'depth_first',
            **changes,
        }

    def add_pgpu(self, ref, **changes):
        self.pcis[f'pci {ref}'] = {
            'vendor_id': '10de',
            'device_id': '0ff2',
            'device_name': 'GK107GL [GRID K1]',
        }
        self.pgpus[ref] = {
            'uuid': getattr(uuids, ref),
            'GPU_group': 'group',
            'PCI': f'pci {ref}',
            'enabled_VGPU_types': list(LIMITS),
            'supported_VGPU_max_capacities': dict(LIMITS),
            **changes,
        }

    def add_vm(self, ref, owner=None, **changes):
        config = {}
        if owner:
            config = {'nova-instance-uuid': owner, 'nova-vm-name': ref}
        self.vms[ref] = {
            'name_label': ref,
            'is_a_template': False,
            'power_state': 'Running',
            'other_config': config,
            'attached_PCIs': [],
            **changes,
        }

    def add_vgpu(self, vm, vgpu_type, pgpu=NULL, scheduled=NULL, **changes):
        self.vgpus[f'vgpu {next(self._numbers)}'] = {
            'VM': vm,
            'type': vgpu_type,
            'GPU_group': 'group',
            'device': '0',
            'resident_on': pgpu,
            'scheduled_to_be_resident_on': scheduled,
            **changes,
        }

    def books(self, allowed=None, **settings):
        return gpu_books.host_vgpus(
            gpu_books.Records(
                self.pgpus,
                self.vgpus,
                self.types,
                self.groups,
                self.pcis,
                self.vms,
            ),
            allowed or gpu_books.Allowed(),
            **settings,
        )
