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

"""Can a VM boot on a host? (assert_can_boot_here of xapi_vm_helpers.ml)"""

from nova_vgpu_ext.sandbox.xapi import gpu_choice
from nova_vgpu_ext.sandbox.xapi import gpu_devices
from nova_vgpu_ext.sandbox.xapi import memory
from nova_vgpu_ext.sandbox.xapi.failure import Failure

_MEMORY_ORDER = (
    'memory_static_min',
    'memory_dynamic_min',
    'memory_dynamic_max',
    'memory_static_max',
)


def check(pool, vm, host):
    """Check in XAPI's own order; the first obstacle is the answer.

    :returns: [(vGPU, pGPU)] that the VM's vGPUs would be put on
    :raises Failure: saying what stands in the way
    """
    db = pool.db
    _check_values(db, vm)
    _check_host(db, host)
    _check_storage(db, vm, host)
    _check_networks(db, vm, host)
    _check_iommu(db, vm, host)
    places = gpu_choice.assign(pool, vm, host)
    if is_hvm(db, vm) and not _supports_hvm(db, host):
        raise Failure('VM_HVM_REQUIRED', vm)
    _check_memory(db, vm, host)
    _check_processors(db, vm, host)
    return places


def is_hvm(db, vm):
    """Does the VM boot in hardware virtualization, with a device model?"""
    row = db.row('VM', vm)
    if row['domain_type'] == 'unspecified':
        return row['HVM_boot_policy'] != ''
    return row['domain_type'] == 'hvm'


def _check_values(db, vm):
    row = db.row('VM', vm)
    most, first = row['VCPUs_max'], row['VCPUs_at_startup']
    if most < 1:
        raise Failure('INVALID_VALUE', 'VCPUs_max', most)
    if first < 1:
        raise Failure('INVALID_VALUE', 'VCPUs-at-startup', first)
    if first > most:
        raise Failure(
            'VALUE_NOT_SUPPORTED',
            'VCPUs-at-startup',
            first,
            'value greater than VCPUs-max',
        )
    sizes = [row[name] for name in _MEMORY_ORDER]
    if sizes != sorted(sizes):
        raise Failure('MEMORY_CONSTRAINT_VIOLATION')


def _check_host(db, host):
    row = db.row('host', host)
    if not is_live(db, host):
        raise Failure('HOST_NOT_LIVE')
    if not row['enabled']:
        raise Failure('HOST_DISABLED', host)


def is_live(db, host):
    """Does the host answer?"""
    metrics = db.row('host', host)['metrics']
    return db.row('host_metrics', metrics)['live']


def sees_sr(db, host, sr):
    """Is the storage plugged into the host?"""
    return any(
        db.row('PBD', pbd)['SR'] == sr
        and db.row('PBD', pbd)['currently_attached']
        for pbd in db.row('host', host)['PBDs']
    )


def _check_storage(db, vm, host):
    row = db.row('VM', vm)
    vdis = [db.row('VBD', vbd)['VDI'] for vbd in row['VBDs']]
    if row['power_state'] == 'Suspended':
        vdis.append(row['suspend_VDI'])
    for vdi in vdis:
        if not db.has('VDI', vdi):
            continue
        sr = db.row('VDI', vdi)['SR']
        if not sees_sr(db, host, sr):
            raise Failure('VM_REQUIRES_SR', vm, sr)


def _check_networks(db, vm, host):
    """Networks without an interface anywhere are internal to a host."""
    for vif in db.row('VM', vm)['VIFs']:
        network = db.row('VIF', vif)['network']
        interfaces = db.row('network', network)['PIFs']
        hosts = {db.row('PIF', pif)['host'] for pif in interfaces}
        if hosts and host not in hosts:
            raise Failure('VM_REQUIRES_NETWORK', vm, network)


def _check_iommu(db, vm, host):
    chipset = db.row('host', host)['chipset_info']
    for vgpu in db.row('VM', vm)['VGPUs']:
        needs = gpu_devices.needs_passthrough(db, db.row('VGPU', vgpu)['type'])
        if needs and chipset.get('iommu') != 'true':
            raise Failure('VM_REQUIRES_IOMMU', host)


def _supports_hvm(db, host):
    capabilities = db.row('host', host)['capabilities']
    return any(text.startswith('hvm') for text in capabilities)


def _check_memory(db, vm, host):
    needed, free = memory.needed(db, vm), memory.free(db, host)
    if free < needed:
        raise Failure('HOST_NOT_ENOUGH_FREE_MEMORY', needed, free)


def _check_processors(db, vm, host):
    wanted = db.row('VM', vm)['VCPUs_max']
    there = int(db.row('host', host)['cpu_info']['cpu_count'])
    if wanted > there:
        raise Failure('HOST_NOT_ENOUGH_PCPUS', wanted, there)
