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

"""New VMs, and copies of VMs with all that belongs to them."""

from nova_vgpu_ext.sandbox.xapi import memory
from nova_vgpu_ext.sandbox.xapi import signatures
from nova_vgpu_ext.sandbox.xapi import vm_operations
from nova_vgpu_ext.sandbox.xapi.signatures import NULL


def create(pool, **fields):
    """A halted VM with these fields."""
    db = pool.db
    policy = fields.get('HVM_boot_policy', '')
    if fields.get('domain_type', 'unspecified') == 'unspecified':
        fields['domain_type'] = 'hvm' if policy else 'pv'
    vm = db.create(
        'VM',
        **{
            **fields,
            'domid': -1,
            'power_state': 'Halted',
            'suspend_VDI': NULL,
            'metrics': db.create('VM_metrics'),
        },
    )
    count_overhead(db, vm)
    vm_operations.update_allowed(db, vm)
    return vm


def count_overhead(db, vm):
    """Work out what a VM takes of its host beyond its own memory."""
    size = db.row('VM', vm)['memory_static_max']
    db.write('VM', vm, memory_overhead=memory.overhead(size))


def clone(pool, vm, name):
    """A halted copy: disks, interfaces and vGPUs are copied too."""
    db = pool.db
    fields = {**_given(db, 'VM', vm), 'name_label': name}
    new = create(pool, **{**fields, 'is_a_template': False})
    for vbd in db.row('VM', vm)['VBDs']:
        _copy_disk(pool, vbd, new)
    for vif in db.row('VM', vm)['VIFs']:
        record = _given(db, 'VIF', vif)
        pool.call('VIF.create', {**record, 'VM': new, 'MAC': ''})
    for vgpu in db.row('VM', vm)['VGPUs']:
        row = db.row('VGPU', vgpu)
        names = ('GPU_group', 'device', 'other_config', 'type', 'extra_args')
        db.create('VGPU', VM=new, **{name: row[name] for name in names})
    return new


def _given(db, table, ref):
    """The fields that a client may give at creation."""
    row = db.row(table, ref)
    known = signatures.load().classes[table]
    return {
        name: row[name]
        for name in known.visible
        if known.fields[name].qualifier != 'runtime'
    }


def _copy_disk(pool, vbd, vm):
    record = {**_given(pool.db, 'VBD', vbd), 'VM': vm}
    if not record['empty'] and record['type'] != 'CD':
        record['VDI'] = pool.call('VDI.clone', record['VDI'])
    pool.call('VBD.create', record)
