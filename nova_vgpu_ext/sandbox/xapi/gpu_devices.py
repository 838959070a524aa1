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

"""The PCI functions that VMs get with their vGPUs."""

from nova_vgpu_ext.sandbox.xapi import gpu_room
from nova_vgpu_ext.sandbox.xapi.signatures import NULL

_NEEDS_FUNCTION = ('nvidia_sriov', 'mxgpu')


def needs_passthrough(db, vgpu_type):
    """Does a vGPU of the type consume a PCI function, so needs an IOMMU?"""
    kind = db.row('VGPU_type', vgpu_type)['implementation']
    return kind in (gpu_room.PASSTHROUGH, *_NEEDS_FUNCTION)


def attach(pool, vm, vgpu, pgpu):
    """Give a VM the PCI function that goes with its vGPU, if any."""
    db = pool.db
    kind = db.row('VGPU_type', db.row('VGPU', vgpu)['type'])['implementation']
    card = db.row('PGPU', pgpu)['PCI']
    if kind == gpu_room.PASSTHROUGH:
        _give(db, vm, vgpu, card)
    elif kind in _NEEDS_FUNCTION:
        _give(db, vm, vgpu, _free_function(db, card))


def detach(pool, vm):
    """Take all PCI functions from a VM."""
    pool.db.write('VM', vm, attached_PCIs=[])
    for vgpu in pool.db.row('VM', vm)['VGPUs']:
        pool.db.write('VGPU', vgpu, PCI=NULL)


def _give(db, vm, vgpu, pci):
    if not db.has('PCI', pci):
        return
    attached = db.row('VM', vm)['attached_PCIs']
    db.write('VM', vm, attached_PCIs=[*attached, pci])
    db.write('VGPU', vgpu, PCI=pci)


def _free_function(db, card):
    """A card's lowest virtual function in nobody's use, a new one if none."""
    functions = db.row('PCI', card)['virtual_functions']
    for function in sorted(
        functions, key=lambda ref: db.row('PCI', ref)['pci_id']
    ):
        if not db.row('PCI', function)['attached_VMs']:
            return function
    return _activate(db, card, len(functions) + 1)


def _activate(db, card, number):
    row = db.row('PCI', card)
    # Functions follow their card, eight to a device: 01:00.0, 01:00.1 …
    bus = row['pci_id'].rpartition(':')[0]
    fields = ('class_id', 'class_name', 'vendor_id', 'vendor_name')
    more = ('device_id', 'device_name', 'host')
    return db.create(
        'PCI',
        pci_id=f'{bus}:{number // 8:02x}.{number % 8}',
        physical_function=card,
        **{name: row[name] for name in fields + more},
    )
