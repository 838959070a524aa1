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

"""The calls of class VM that don't change its power state."""

from nova_vgpu_ext.sandbox.xapi import memory
from nova_vgpu_ext.sandbox.xapi import networks
from nova_vgpu_ext.sandbox.xapi import vbds
from nova_vgpu_ext.sandbox.xapi import vm_making
from nova_vgpu_ext.sandbox.xapi import vm_operations
from nova_vgpu_ext.sandbox.xapi import vm_power
from nova_vgpu_ext.sandbox.xapi.failure import Failure

_BIOS = 'BIOS order'


class VM(vm_power.Power):
    """The calls of class VM."""

    def create(self, call, record):
        """Nearly all of the record is first checked when the VM starts."""
        seed = {'mac_seed': self.db.new_uuid()}
        record['other_config'] = {**seed, **record['other_config']}
        return vm_making.create(self.pool, **record)

    def destroy(self, call, vm):
        """The VM and its devices go, its disks stay."""
        vm_operations.check(self.db, vm, 'destroy')
        row = self.db.row('VM', vm)
        owned = (
            ('VBD', row['VBDs']),
            ('VIF', row['VIFs']),
            ('VGPU', row['VGPUs']),
            ('console', row['consoles']),
            ('VM_metrics', [row['metrics']]),
            ('VM_guest_metrics', [row['guest_metrics']]),
        )
        for table, refs in owned:
            for ref in refs:
                if self.db.has(table, ref):
                    self.db.destroy(table, ref)
        self.db.destroy('VM', vm)

    def clone(self, call, vm, new_name):
        vm_operations.check(self.db, vm, 'clone')
        return vm_making.clone(self.pool, vm, new_name)

    def update_allowed_operations(self, call, vm):
        vm_operations.update_allowed(self.db, vm)

    def assert_operation_valid(self, call, vm, operation):
        vm_operations.check(self.db, vm, operation)

    def get_allowed_VBD_devices(self, call, vm):
        return [str(one) for one in vbds.free_devices(self.db, vm)]

    def get_allowed_VIF_devices(self, call, vm):
        return networks.free_devices(self.db, vm)

    def compute_memory_overhead(self, call, vm):
        return memory.overhead(self.db.row('VM', vm)['memory_static_max'])

    def set_is_a_template(self, call, vm, value):
        if value:
            vm_operations.check(self.db, vm, 'make_into_template')
        self.db.write('VM', vm, is_a_template=value)
        vm_operations.update_allowed(self.db, vm)

    def set_HVM_boot_policy(self, call, vm, value):
        kind = 'hvm' if value else 'pv'
        self.db.write('VM', vm, HVM_boot_policy=value, domain_type=kind)

    def set_domain_type(self, call, vm, value):
        vm_operations.check_power(self.db, vm, 'Halted')
        policy = _BIOS if value == 'hvm' else ''
        self.db.write('VM', vm, domain_type=value, HVM_boot_policy=policy)

    # Processors

    def set_VCPUs_max(self, call, vm, value):
        self._set_processors(vm, most=value)

    def set_VCPUs_at_startup(self, call, vm, value):
        self._set_processors(vm, first=value)

    def _set_processors(self, vm, most=None, first=None):
        vm_operations.check(self.db, vm, 'changing_VCPUs')
        row = self.db.row('VM', vm)
        most = row['VCPUs_max'] if most is None else most
        first = row['VCPUs_at_startup'] if first is None else first
        if not 0 < first <= most:
            raise Failure(
                'INVALID_VALUE',
                'VCPU values must satisfy: 0 < VCPUs_at_startup <= VCPUs_max',
                first,
            )
        self.db.write('VM', vm, VCPUs_max=most, VCPUs_at_startup=first)

    # Memory

    def set_memory(self, call, vm, value):
        self._set_memory(
            vm,
            'changing_memory_limits',
            static_max=value,
            dynamic_min=value,
            dynamic_max=value,
        )

    def set_memory_limits(
        self, call, vm, static_min, static_max, dynamic_min, dynamic_max
    ):
        self._set_memory(
            vm,
            'changing_memory_limits',
            static_min=static_min,
            static_max=static_max,
            dynamic_min=dynamic_min,
            dynamic_max=dynamic_max,
        )

    def set_memory_static_range(self, call, vm, least, most):
        self._set_memory(
            vm, 'changing_static_range', static_min=least, static_max=most
        )

    def set_memory_static_min(self, call, vm, value):
        self._set_memory(vm, 'changing_static_range', static_min=value)

    def set_memory_static_max(self, call, vm, value):
        self._set_memory(vm, 'changing_static_range', static_max=value)

    def set_memory_dynamic_range(self, call, vm, least, most):
        self._set_memory(
            vm, 'changing_dynamic_range', dynamic_min=least, dynamic_max=most
        )

    def set_memory_dynamic_min(self, call, vm, value):
        self._set_memory(vm, 'changing_dynamic_range', dynamic_min=value)

    def set_memory_dynamic_max(self, call, vm, value):
        self._set_memory(vm, 'changing_dynamic_range', dynamic_max=value)

    def _set_memory(self, vm, operation, **sizes):
        vm_operations.check(self.db, vm, operation)
        row = self.db.row('VM', vm)
        fields = {f'memory_{name}': size for name, size in sizes.items()}
        new = {**row, **fields}
        order = ('static_min', 'dynamic_min', 'dynamic_max', 'static_max')
        values = [new[f'memory_{name}'] for name in order]
        if values != sorted(values):
            raise Failure('MEMORY_CONSTRAINT_VIOLATION_ORDER')
        self.db.write('VM', vm, **fields)
        vm_making.count_overhead(self.db, vm)
