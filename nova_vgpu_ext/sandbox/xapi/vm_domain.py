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

"""A VM's life on a host: what is set when it appears there and leaves."""

import string

from nova_vgpu_ext.sandbox.xapi import boot_checks
from nova_vgpu_ext.sandbox.xapi import gpu_devices
from nova_vgpu_ext.sandbox.xapi import memory
from nova_vgpu_ext.sandbox.xapi import vm_operations
from nova_vgpu_ext.sandbox.xapi.signatures import NULL

_TOOLS = (
    'feature-shutdown',
    'feature-poweroff',
    'feature-reboot',
    'feature-suspend',
    'feature-vcpu-hotplug',
)


def schedule(db, vm, host, places):
    """Reserve memory and pGPUs for a VM that is about to start."""
    db.write('VM', vm, scheduled_to_be_resident_on=host)
    for vgpu, pgpu in places:
        db.write('VGPU', vgpu, scheduled_to_be_resident_on=pgpu)


def unschedule(db, vm):
    """Give back what a start that failed has reserved."""
    db.write('VM', vm, scheduled_to_be_resident_on=NULL)
    for vgpu in db.row('VM', vm)['VGPUs']:
        db.write('VGPU', vgpu, scheduled_to_be_resident_on=NULL)


def appear(pool, vm, host, paused):
    """A VM that has been scheduled to a host runs there."""
    db = pool.db
    db.write(
        'VM',
        vm,
        power_state='Paused' if paused else 'Running',
        resident_on=host,
        scheduled_to_be_resident_on=NULL,
        domid=pool.next_domain(),
        memory_target=db.row('VM', vm)['memory_dynamic_max'],
    )
    for vgpu in db.row('VM', vm)['VGPUs']:
        _plug_vgpu(pool, vm, vgpu)
    _plug_others(db, vm)
    _add_consoles(db, vm, host)
    measure(pool, vm)
    memory.update(db, host)
    vm_operations.update_allowed(db, vm)


def _plug_vgpu(pool, vm, vgpu):
    pgpu = pool.db.row('VGPU', vgpu)['scheduled_to_be_resident_on']
    pool.db.write(
        'VGPU',
        vgpu,
        resident_on=pgpu,
        scheduled_to_be_resident_on=NULL,
        currently_attached=True,
    )
    gpu_devices.attach(pool, vm, vgpu, pgpu)


def _plug_others(db, vm):
    row = db.row('VM', vm)
    for vbd in row['VBDs']:
        plug_disk(db, vbd)
    for vif in row['VIFs']:
        db.write('VIF', vif, currently_attached=True)


def plug_disk(db, vbd):
    """A disk, or a drive without one, appears in its VM."""
    number = db.row('VBD', vbd)['userdevice']
    device = number
    if number.isdigit():
        device = 'xvd' + string.ascii_lowercase[int(number)]
    db.write('VBD', vbd, currently_attached=True, device=device)


def _add_consoles(db, vm, host):
    address = db.row('host', host)['address']
    protocols = ['vt100']
    if boot_checks.is_hvm(db, vm):
        protocols.insert(0, 'rfb')
    for protocol in protocols:
        console = db.create('console', protocol=protocol, VM=vm)
        uuid = db.row('console', console)['uuid']
        location = f'https://{address}/console?uuid={uuid}'
        db.write('console', console, location=location)


def measure(pool, vm):
    """What the host and the guest's tools report of a VM that has booted."""
    db = pool.db
    row = db.row('VM', vm)
    hvm = boot_checks.is_hvm(db, vm)
    db.write(
        'VM_metrics',
        row['metrics'],
        memory_actual=row['memory_dynamic_max'],
        VCPUs_number=row['VCPUs_at_startup'],
        start_time=pool.now(),
        last_updated=pool.now(),
        hvm=hvm,
        current_domain_type='hvm' if hvm else 'pv',
    )
    _forget_guest(db, vm)
    if pool.settings.guest_tools:
        guest = db.create(
            'VM_guest_metrics',
            other=dict.fromkeys(_TOOLS, '1'),
            PV_drivers_detected=True,
            PV_drivers_up_to_date=True,
            live=True,
            last_updated=pool.now(),
        )
        db.write('VM', vm, guest_metrics=guest)


def _forget_guest(db, vm):
    guest = db.row('VM', vm)['guest_metrics']
    if db.has('VM_guest_metrics', guest):
        db.destroy('VM_guest_metrics', guest)
        db.write('VM', vm, guest_metrics=NULL)


def leave(pool, vm, state):
    """A VM runs on no host any more: it is Halted or Suspended now."""
    db = pool.db
    row = db.row('VM', vm)
    host = row['resident_on']
    db.write('VM', vm, power_state=state, resident_on=NULL, domid=-1)
    unschedule(db, vm)
    for vgpu in row['VGPUs']:
        db.write('VGPU', vgpu, resident_on=NULL)
    gpu_devices.detach(pool, vm)
    for console in row['consoles']:
        db.destroy('console', console)
    if state == 'Halted':
        _unplug(db, vm)
    memory.update(db, host)
    vm_operations.update_allowed(db, vm)


def _unplug(db, vm):
    row = db.row('VM', vm)
    _forget_guest(db, vm)
    for table, field in (('VBD', 'VBDs'), ('VIF', 'VIFs'), ('VGPU', 'VGPUs')):
        for ref in row[field]:
            db.write(table, ref, currently_attached=False)
    for vbd in row['VBDs']:
        db.write('VBD', vbd, device='')
