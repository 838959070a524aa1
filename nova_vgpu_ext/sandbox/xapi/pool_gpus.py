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

"""Cards: PCI devices, pGPUs, groups and types (xapi_vgpu_type.ml)."""

from nova_vgpu_ext.sandbox.xapi import gpu_room
from nova_vgpu_ext.sandbox.xapi import gpus
from nova_vgpu_ext.sandbox.xapi import vm_operations

# What XAPI takes every pGPU to have (ocaml/xapi-consts/constants.ml).
SIZE = 1048576
_PASSTHROUGH_ID = '0001:passthrough'


def add(pool, spec, hosts):
    """Put cards into hosts.

    :param spec: specs.Pool
    :param hosts: {name: reference}
    """
    # One for the whole pool; the server has it in any release.
    pool.db.create(
        'VGPU_type',
        model_name='passthrough',
        implementation=gpu_room.PASSTHROUGH,
        identifier=_PASSTHROUGH_ID,
    )
    for host in spec.hosts:
        for slot, installed in enumerate(host.cards, start=1):
            _add_card(pool, spec, hosts[host.name], slot, installed)
    for name, algorithm in spec.groups.items():
        group = _group(pool.db, name)
        pool.db.write('GPU_group', group, allocation_algorithm=algorithm)


def reference(pool, identifier):
    """Parameters of VGPU.create that name a type: none on old releases."""
    if 'VGPU_type' not in pool.signatures.classes:
        return []
    if identifier == gpu_room.PASSTHROUGH:
        identifier = _PASSTHROUGH_ID
    return pool.db.find('VGPU_type', identifier=identifier)


def _add_card(pool, spec, host, slot, installed):
    types = _types(pool, installed.card)
    for number in range(installed.card.pgpus):
        own = installed.pgpus[number : number + 1]
        pci = _add_pci(pool.db, host, slot, number, installed.card)
        group = own[0].group if own and own[0].group else None
        name = group or _default_group(installed.card)
        disabled = own[0].disabled if own else ()
        pgpu = pool.db.create(
            'PGPU',
            PCI=pci,
            host=host,
            size=SIZE,
            dom0_access='enabled',
            supported_VGPU_types=list(types.values()),
            enabled_VGPU_types=[
                ref for key, ref in types.items() if key not in disabled
            ],
            supported_VGPU_max_capacities={
                ref: _capacity(pool.db, ref) for ref in types.values()
            },
            compatibility_metadata=(
                {vm_operations.NVIDIA: 'metadata'}
                if installed.card.movable
                else {}
            ),
        )
        # Not by a call: old releases have none for it.
        gpus.PGPU(pool).set_GPU_group(None, pgpu, _group(pool.db, name))


def _default_group(card):
    return f'Group of {card.vendor} {card.device} GPUs'


def _capacity(db, vgpu_type):
    size = db.row('VGPU_type', vgpu_type)['size']
    return SIZE // size if size else 1


def _group(db, name):
    found = db.find('GPU_group', name_label=name)
    return found[0] if found else db.create('GPU_group', name_label=name)


def _add_pci(db, host, slot, number, card):
    return db.create(
        'PCI',
        host=host,
        pci_id=f'0000:{slot * 16 + number:02x}:00.0',
        class_id='0300',
        class_name='VGA compatible controller',
        vendor_id=card.vendor_id,
        vendor_name=card.vendor,
        device_id=card.device_id,
        device_name=card.device,
        driver_name='nvidia' if card.vendor_id == '10de' else '',
    )


def _types(pool, card):
    """{identifier, or passthrough: reference} of what a card offers."""
    found = {}
    if card.passthrough:
        found[gpu_room.PASSTHROUGH] = pool.db.find(
            'VGPU_type', identifier=_PASSTHROUGH_ID
        )[0]
    if 'VGPU_type' in pool.signatures.classes:
        for one in card.types:
            found[one.identifier] = _type(pool.db, card, one)
    return found


def _type(db, card, spec):
    """A type, shared by all pGPUs of the pool that can run it."""
    found = db.find('VGPU_type', identifier=spec.identifier)
    if found:
        return found[0]
    ref = db.create(
        'VGPU_type',
        vendor_name=card.vendor,
        model_name=spec.name,
        framebuffer_size=spec.framebuffer,
        max_heads=spec.heads,
        max_resolution_x=spec.resolution[0],
        max_resolution_y=spec.resolution[1],
        size=SIZE // spec.per_pgpu,
        implementation=card.implementation,
        identifier=spec.identifier,
    )
    own = [ref]
    db.write(
        'VGPU_type',
        ref,
        compatible_types_on_pgpu=own,
        compatible_types_in_vm=own if spec.multi else [],
    )
    return ref
