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

"""The calls of VGPU (xapi_vgpu.ml): wishes that hold no capacity."""

from nova_vgpu_ext.sandbox.xapi import gpu_room
from nova_vgpu_ext.sandbox.xapi import handlers
from nova_vgpu_ext.sandbox.xapi import vm_operations
from nova_vgpu_ext.sandbox.xapi.failure import Failure
from nova_vgpu_ext.sandbox.xapi.signatures import NULL

# A vGPU's slot on the guest's PCI bus is its device number and 11.
_DEVICES = range(21)


class VGPU(handlers.Handlers):
    """The calls of class VGPU."""

    def create(self, call, vm, group, device, other_config, vgpu_type=NULL):
        """Whether the group offers the type, or has room, isn't checked."""
        if not self.pool.licensed('gpu'):
            raise Failure('FEATURE_RESTRICTED')
        vm_operations.check_power(self.db, vm, 'Halted')
        vgpu_type = self._type(vgpu_type)
        self._check_beside(vm, vgpu_type)
        return self.db.create(
            'VGPU',
            VM=vm,
            GPU_group=group,
            device=self._device(vm, device),
            other_config=other_config,
            type=vgpu_type,
        )

    def destroy(self, call, vgpu):
        vm = self.db.row('VGPU', vgpu)['VM']
        row = self.db.tables['VM'].get(vm)
        if row is not None and row['power_state'] in ('Running', 'Paused'):
            raise Failure(
                'OPERATION_NOT_ALLOWED',
                'vGPU currently attached to a running VM',
            )
        self.db.destroy('VGPU', vgpu)

    def _type(self, vgpu_type):
        if vgpu_type == NULL:
            return self.db.find(
                'VGPU_type', implementation=gpu_room.PASSTHROUGH
            )[0]
        if not self.db.has('VGPU_type', vgpu_type):
            raise Failure('INVALID_VALUE', 'type', vgpu_type)
        return vgpu_type

    def _check_beside(self, vm, vgpu_type):
        """May the VM have it beside what it has?"""
        for vgpu in self.db.row('VM', vm)['VGPUs']:
            other = self.db.row('VGPU', vgpu)['type']
            listed = self.db.row('VGPU_type', other)['compatible_types_in_vm']
            if vgpu_type not in listed:
                raise Failure('VGPU_TYPE_NOT_COMPATIBLE', vgpu_type)

    def _device(self, vm, device):
        """The number that the device gets; "0" asks for any that is free."""
        taken = {
            self.db.row('VGPU', vgpu)['device']
            for vgpu in self.db.row('VM', vm)['VGPUs']
        }
        free = [str(one) for one in _DEVICES if str(one) not in taken]
        if device == '0':
            if not free:
                raise Failure('VM_PCI_BUS_FULL', vm)
            return free[0]
        if device in taken:
            raise Failure('DEVICE_ALREADY_EXISTS', device)
        if device not in free:
            raise Failure('INVALID_DEVICE', device)
        return device
