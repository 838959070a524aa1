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

"""What the fake driver does to start, stop and pause instances.

As in XAPI, an instance holds vGPUs only while it runs or is paused. Each
start places them anew; a reboot from within the guest does not.
"""

from nova_vgpu_ext.virt import fake_state
from nova_vgpu_ext.virt import resuming
from nova_vgpu_ext.virt.fake_instances import nova_errors


class PowerMixin:
    """The part of FakeDriver about power states."""

    def power_off(self, instance, timeout=0, retry_interval=0):
        with nova_errors(instance):
            self.hypervisor.stop_vm(instance.uuid)
        self.tell_stopped(instance)

    def power_on(
        self,
        context,
        instance,
        network_info,
        block_device_info=None,
        accel_info=None,
        share_info=None,
    ):
        self._start_again(instance)
        for share in share_info or ():
            share.activate()

    def _start_again(self, instance):
        """Let a VM that is there run."""
        with nova_errors(instance):
            vm = self.hypervisor.vm(instance.uuid)
            if vm.state == fake_state.PAUSED:
                self.hypervisor.run_vm(vm.uuid)
        if vm.state not in fake_state.HOLDING:
            self.start(instance)

    def _restart(self, instance):
        self.power_off(instance)
        self.start(instance)

    def reboot(
        self,
        context,
        instance,
        network_info,
        reboot_type,
        block_device_info=None,
        bad_volumes_callback=None,
        accel_info=None,
        share_info=None,
    ):
        if reboot_type.lower() != 'hard':
            self._start_again(instance)
        elif instance.uuid in self.instances:
            self._restart(instance)
        else:
            # As Nova's fake driver and libvirt's, make the VM if it is lost.
            self.start(instance)

    def rescue(
        self,
        context,
        instance,
        network_info,
        image_meta,
        rescue_password,
        block_device_info,
        share_info,
    ):
        self._restart(instance)

    def unrescue(self, context, instance):
        self._restart(instance)

    def pause(self, instance):
        with nova_errors(instance):
            self.hypervisor.pause_vm(instance.uuid)

    def unpause(self, instance):
        with nova_errors(instance):
            self.hypervisor.run_vm(instance.uuid)

    def suspend(self, context, instance):
        with nova_errors(instance):
            self.hypervisor.suspend_vm(instance.uuid)
        self.tell_stopped(instance)

    def resume(
        self,
        context,
        instance,
        network_info,
        block_device_info=None,
        share_info=None,
    ):
        self._start_again(instance)

    def soft_delete(self, instance):
        self.power_off(instance)

    def restore(self, instance):
        self._start_again(instance)

    def resume_state_on_host_boot(
        self,
        context,
        instance,
        network_info,
        share_info,
        block_device_info=None,
    ):
        with resuming.telling(context, instance):
            if instance.uuid in self.instances:
                self._start_again(instance)
            else:
                self.start(instance)
