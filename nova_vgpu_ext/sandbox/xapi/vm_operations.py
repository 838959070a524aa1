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

"""What may be done with a VM in which state (xapi_vm_lifecycle.ml)."""

import contextlib

from nova_vgpu_ext.sandbox.xapi.failure import Failure

_ALL = ('Halted', 'Paused', 'Suspended', 'Running')
_STATES = {
    'start': ('Halted',),
    'start_on': ('Halted',),
    'make_into_template': ('Halted',),
    'changing_VCPUs': ('Halted',),
    'changing_static_range': ('Halted',),
    'changing_memory_limits': ('Halted',),
    'changing_dynamic_range': ('Halted', 'Running'),
    'clone': ('Halted',),
    'copy': ('Halted',),
    'unpause': ('Paused',),
    'resume': ('Suspended',),
    'resume_on': ('Suspended',),
    'clean_reboot': ('Running',),
    'clean_shutdown': ('Running',),
    'pause': ('Running',),
    'pool_migrate': ('Running',),
    'suspend': ('Running',),
    'destroy': ('Halted', 'Suspended'),
    'export': ('Halted', 'Suspended'),
    'hard_reboot': ('Paused', 'Running'),
    'shutdown': ('Paused', 'Suspended', 'Running'),
    'hard_shutdown': ('Paused', 'Suspended', 'Running'),
    'checkpoint': ('Paused', 'Suspended', 'Running'),
    'migrate_send': ('Halted', 'Suspended', 'Running'),
    'snapshot': _ALL,
}
_OF_TEMPLATES = (
    'changing_dynamic_range',
    'changing_static_range',
    'changing_memory_limits',
    'changing_VCPUs',
    'clone',
    'copy',
    'export',
)
_OF_CONTROL_DOMAINS = (
    'changing_dynamic_range',
    'changing_memory_limits',
    'changing_static_range',
)
# Each wants one of these features of the guest.
_FEATURES = {
    'clean_shutdown': ('feature-shutdown', 'feature-poweroff'),
    'clean_reboot': ('feature-shutdown', 'feature-reboot'),
    'suspend': ('feature-suspend',),
    'checkpoint': ('feature-suspend',),
    'pool_migrate': ('feature-suspend',),
    'migrate_send': ('feature-suspend',),
}
_MOVING = ('suspend', 'checkpoint', 'pool_migrate', 'migrate_send')
# The key of PGPU.compatibility_metadata (xapi_gpumon.ml).
NVIDIA = 'nvidia'


def check_power(db, vm, *expected):
    """:raises Failure: VM_BAD_POWER_STATE unless the VM is in such a state"""
    actual = db.row('VM', vm)['power_state']
    if actual not in expected:
        raise Failure(
            'VM_BAD_POWER_STATE',
            vm,
            ', '.join(state.lower() for state in expected),
            actual.lower(),
        )


def check(db, vm, operation):
    """:raises Failure: saying why the VM can't be treated so now"""
    row = db.row('VM', vm)
    if operation in row['blocked_operations']:
        reason = row['blocked_operations'][operation]
        raise Failure('OPERATION_BLOCKED', vm, reason)
    check_power(db, vm, *_STATES[operation])
    _check_others(row, vm, operation)
    _check_kind(row, vm, operation)
    _check_features(db, row, vm, operation)
    if operation in _MOVING:
        _check_devices(db, row, vm, operation)


def _check_others(row, vm, operation):
    """What is going on already stands in the way, but not of a hard end."""
    current = row['current_operations']
    if not current:
        return
    if operation == 'hard_shutdown' and operation not in current.values():
        return
    task, other = next(iter(current.items()))
    raise Failure('OTHER_OPERATION_IN_PROGRESS', 'VM', vm, other, task)


def _check_kind(row, vm, operation):
    if row['is_a_template']:
        destroys = operation == 'destroy' and not row['is_default_template']
        if operation not in _OF_TEMPLATES and not destroys:
            raise Failure('VM_IS_TEMPLATE', vm, operation)
    elif row['is_control_domain'] and operation not in _OF_CONTROL_DOMAINS:
        raise Failure(
            'OPERATION_NOT_ALLOWED',
            'This operation is not allowed on a control domain',
        )


def _check_features(db, row, vm, operation):
    wanted = _FEATURES.get(operation)
    metrics = db.tables['VM_metrics'].get(row['metrics'], {})
    paravirtual = metrics.get('current_domain_type', 'hvm') == 'pv'
    if not wanted or row['power_state'] != 'Running' or paravirtual:
        return
    guest = db.tables['VM_guest_metrics'].get(row['guest_metrics'])
    other = guest['other'] if guest else {}
    if not any(other.get(feature) == '1' for feature in wanted):
        raise Failure('VM_LACKS_FEATURE', vm, '')


def _check_devices(db, row, vm, operation):
    """GPUs that stand in the way of moving a VM's memory elsewhere."""
    virtual = {
        db.row('VGPU', vgpu)['PCI']
        for vgpu in row['VGPUs']
        if _implementation(db, vgpu) == 'nvidia_sriov'
    }
    if any(pci not in virtual for pci in row['attached_PCIs']):
        raise Failure('VM_HAS_PCI_ATTACHED', vm)
    exempt = (operation, row['power_state']) in (
        ('migrate_send', 'Halted'),
        ('checkpoint', 'Suspended'),
    )
    movable = all(_movable(db, vgpu) for vgpu in row['VGPUs'])
    if not exempt and not movable:
        raise Failure('VM_HAS_VGPU', vm)


def _implementation(db, vgpu):
    vgpu_type = db.row('VGPU', vgpu)['type']
    return db.row('VGPU_type', vgpu_type)['implementation']


def _movable(db, vgpu):
    pgpu = db.row('VGPU', vgpu)['resident_on']
    return (
        _implementation(db, vgpu) in ('nvidia', 'nvidia_sriov')
        and db.has('PGPU', pgpu)
        and NVIDIA in db.row('PGPU', pgpu)['compatibility_metadata']
    )


def update_allowed(db, vm):
    """Work out which operations the VM's record shows as allowed."""
    allowed = []
    for operation in _STATES:
        with contextlib.suppress(Failure):
            check(db, vm, operation)
            allowed.append(operation)
    db.write('VM', vm, allowed_operations=allowed)


@contextlib.contextmanager
def during(pool, vm, operation, task):
    """Say on the VM's record that an operation is going on.

    :param task: reference, or None for a synchronous call
    :raises Failure: if the operation isn't allowed now
    """
    db = pool.db
    check(db, vm, operation)
    task = task or f'OpaqueRef:{db.new_uuid()}'
    current = db.row('VM', vm)['current_operations']
    db.write('VM', vm, current_operations={**current, task: operation})
    try:
        yield
    finally:
        if db.has('VM', vm):
            current = dict(db.row('VM', vm)['current_operations'])
            current.pop(task, None)
            db.write('VM', vm, current_operations=current)
            update_allowed(db, vm)
