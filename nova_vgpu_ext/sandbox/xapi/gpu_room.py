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

"""How many vGPUs of a type a pGPU has room for (xapi_pgpu_helpers.ml)."""

from nova_vgpu_ext.sandbox.xapi.failure import Failure

PASSTHROUGH = 'passthrough'


def allocated(db, pgpu):
    """References of the vGPUs on a pGPU, or on their way to it."""
    scheduled = db.find('VGPU', scheduled_to_be_resident_on=pgpu)
    resident = db.row('PGPU', pgpu)['resident_VGPUs']
    return [*resident, *(one for one in scheduled if one not in resident)]


def is_passthrough(db, vgpu_type):
    """Is the type the whole of a card?"""
    return db.row('VGPU_type', vgpu_type)['implementation'] == PASSTHROUGH


def remaining(db, pgpu, vgpu_type, chosen=()):
    """How many more vGPUs of a type a pGPU would take.

    :param chosen: (pGPU, type) of what the same VM has been promised so far
    :raises Failure: if it takes none of them for another reason than size
    """
    row = db.row('PGPU', pgpu)
    db.row('VGPU_type', vgpu_type)
    if vgpu_type not in row['supported_VGPU_types']:
        raise Failure(
            'VGPU_TYPE_NOT_SUPPORTED', vgpu_type, *row['supported_VGPU_types']
        )
    if vgpu_type not in row['enabled_VGPU_types']:
        raise Failure(
            'VGPU_TYPE_NOT_ENABLED', vgpu_type, *row['enabled_VGPU_types']
        )
    running = _running_types(db, pgpu)
    for other in running:
        listed = db.row('VGPU_type', other)['compatible_types_on_pgpu']
        if vgpu_type not in listed:
            raise Failure(
                'VGPU_TYPE_NOT_COMPATIBLE_WITH_RUNNING_TYPE',
                pgpu,
                vgpu_type,
                ';'.join(dict.fromkeys(running)),
            )
    return _places(db, pgpu, vgpu_type, running, chosen)


def _running_types(db, pgpu):
    return [db.row('VGPU', vgpu)['type'] for vgpu in allocated(db, pgpu)]


def _places(db, pgpu, vgpu_type, running, chosen):
    here = [other for where, other in chosen if where == pgpu]
    if is_passthrough(db, vgpu_type):
        return 0 if here or _taken_whole(db, pgpu) else 1
    used = sum(_size(db, other) for other in [*running, *here])
    free = db.row('PGPU', pgpu)['size'] - used
    return max(free, 0) // _size(db, vgpu_type)


def _taken_whole(db, pgpu):
    """Does a VM have the card itself, or is anything scheduled to it?"""
    pci = db.row('PGPU', pgpu)['PCI']
    return bool(
        db.find('VGPU', scheduled_to_be_resident_on=pgpu)
        or (db.has('PCI', pci) and db.row('PCI', pci)['attached_VMs'])
    )


def _size(db, vgpu_type):
    return db.row('VGPU_type', vgpu_type)['size']


def check(db, pgpu, vgpu_type):
    """:raises Failure: if a pGPU takes no vGPU of a type, saying why"""
    if remaining(db, pgpu, vgpu_type) <= 0:
        raise Failure('PGPU_INSUFFICIENT_CAPACITY_FOR_VGPU', pgpu, vgpu_type)


def places(db, pgpu, vgpu_type, chosen=()):
    """How many more a pGPU would take, 0 whatever the reason."""
    try:
        return remaining(db, pgpu, vgpu_type, chosen)
    except Failure:
        return 0


def places_of_all(db, pgpus, vgpu_type):
    """How many more several pGPUs would take together."""
    return sum(places(db, pgpu, vgpu_type) for pgpu in pgpus)
