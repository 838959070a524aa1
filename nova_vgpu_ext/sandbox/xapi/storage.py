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

"""Disks and what they take of their storage."""

from nova_vgpu_ext.sandbox.xapi.failure import Failure
from nova_vgpu_ext.sandbox.xapi.signatures import NULL

# Storage of these types gives a disk all of its space at once.
_THICK = ('lvm', 'lvmoiscsi', 'lvmohba')
# Virtual sizes are rounded up to whole blocks of a VHD.
BLOCK = 2 * 1024**2
_OPERATIONS = ('clone', 'copy', 'resize', 'snapshot', 'destroy', 'forget')


def create(pool, SR, virtual_size, **fields):
    """A new, empty VDI.

    :raises Failure: SR_HAS_NO_PBDS, SR_FULL
    """
    check_plugged(pool.db, SR)
    size = rounded(virtual_size)
    taken = size if is_thick(pool.db, SR) else 0
    check_space(pool.db, SR, taken)
    vdi = pool.db.create(
        'VDI',
        **{
            **fields,
            'SR': SR,
            'virtual_size': size,
            'physical_utilisation': taken,
            'managed': True,
            'allowed_operations': list(_OPERATIONS),
        },
    )
    pool.db.write('VDI', vdi, location=pool.db.row('VDI', vdi)['uuid'])
    update(pool.db, SR)
    return vdi


def destroy(pool, vdi):
    """Remove a VDI, its contents and what only pointed to it."""
    row = pool.db.row('VDI', vdi)
    pool.disks.remove(row['uuid'])
    for vbd in row['VBDs']:
        # The server sweeps up such VBDs half a minute later.
        if pool.db.row('VBD', vbd)['type'] == 'CD':
            pool.db.write('VBD', vbd, VDI=NULL, empty=True)
        else:
            pool.db.destroy('VBD', vbd)
    pool.db.destroy('VDI', vdi)
    update(pool.db, row['SR'])


def resize(pool, vdi, size):
    """Let a VDI grow.

    :raises Failure: if it would shrink, or doesn't fit
    """
    row = pool.db.row('VDI', vdi)
    size = rounded(size)
    if size < row['virtual_size']:
        raise Failure(
            'SR_BACKEND_FAILURE_79',
            '',
            'VDI Invalid size [opterr=shrinking not allowed]',
            '',
        )
    taken = size if is_thick(pool.db, row['SR']) else None
    if taken is not None:
        check_space(pool.db, row['SR'], taken - row['physical_utilisation'])
    set_size(pool.db, vdi, size, taken)


def set_size(db, vdi, virtual_size, taken=None):
    """Say how big a VDI is, and how much of it takes space."""
    fields = {'virtual_size': virtual_size}
    if taken is not None:
        fields['physical_utilisation'] = taken
    db.write('VDI', vdi, **fields)
    update(db, db.row('VDI', vdi)['SR'])


def rounded(size):
    """The size of a disk that holds so many bytes."""
    return -(-max(size, 1) // BLOCK) * BLOCK


def is_thick(db, sr):
    """Do disks take their whole size of the storage?"""
    return db.row('SR', sr)['type'] in _THICK


def check_plugged(db, sr):
    """:raises Failure: SR_HAS_NO_PBDS, if no host sees the storage"""
    pbds = db.row('SR', sr)['PBDs']
    if not any(db.row('PBD', pbd)['currently_attached'] for pbd in pbds):
        raise Failure('SR_HAS_NO_PBDS', sr)


def check_space(db, sr, more):
    """:raises Failure: SR_FULL, if the storage hasn't so many bytes left"""
    row = db.row('SR', sr)
    left = row['physical_size'] - row['physical_utilisation']
    if more > left:
        raise Failure('SR_FULL', more, left)


def update(db, sr):
    """Add up what the disks take of their storage."""
    disks = [db.row('VDI', vdi) for vdi in db.row('SR', sr)['VDIs']]
    db.write(
        'SR',
        sr,
        virtual_allocation=sum(disk['virtual_size'] for disk in disks),
        physical_utilisation=sum(
            disk['physical_utilisation'] for disk in disks
        ),
    )
