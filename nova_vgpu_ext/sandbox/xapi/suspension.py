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

"""Where the memory of suspended VMs is kept."""

from nova_vgpu_ext.sandbox.xapi import storage
from nova_vgpu_ext.sandbox.xapi.failure import Failure
from nova_vgpu_ext.sandbox.xapi.signatures import NULL


def save(pool, vm):
    """Make a disk with a VM's memory.

    :raises Failure: VM_NO_SUSPEND_SR, or if the storage is full
    """
    row = pool.db.row('VM', vm)
    host = pool.db.row('host', row['resident_on'])
    whole = pool.db.row('pool', pool.ref)
    wishes = (
        row['suspend_SR'],
        host['suspend_image_sr'],
        whole['suspend_image_SR'],
        whole['default_SR'],
    )
    storages = [sr for sr in wishes if pool.db.has('SR', sr)]
    if not storages:
        raise Failure('VM_NO_SUSPEND_SR', vm)
    vdi = storage.create(
        pool,
        SR=storages[0],
        virtual_size=row['memory_static_max'],
        type='suspend',
        name_label='Suspend image',
    )
    pool.db.write('VM', vm, suspend_VDI=vdi)


def forget(pool, vm):
    """Remove what is kept of a VM's memory, if anything."""
    vdi = pool.db.row('VM', vm)['suspend_VDI']
    pool.db.write('VM', vm, suspend_VDI=NULL)
    if pool.db.has('VDI', vdi):
        storage.destroy(pool, vdi)
