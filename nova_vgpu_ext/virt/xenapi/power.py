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


"""What the driver does to start, stop and rescue instances."""

from nova.compute import vm_states
from oslo_log import log as logging
from oslo_utils import excutils

from nova_vgpu_ext.virt import resuming
from nova_vgpu_ext.virt.xenapi import images
from nova_vgpu_ext.virt.xenapi import storage
from nova_vgpu_ext.virt.xenapi import vms

LOG = logging.getLogger(__name__)


class PowerMixin:
    """The part of XenAPIDriver about power states."""

    def power_off(self, instance, timeout=0, retry_interval=0):
        ref, vm = self.vms.find(instance)
        if timeout and vm['power_state'] == vms.RUNNING:
            self.vms.shut_down(ref, timeout)
        self._halt(instance, ref)

    def _halt(self, instance, ref):
        self.vms.halt(ref)
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
        self._run(instance)

    def _run(self, instance):
        """Let an instance run, whatever state it is in."""
        ref, vm = self.vms.find(instance)
        state = vm['power_state']
        if state == vms.PAUSED:
            self.session.call('VM.unpause', ref)
        elif state != vms.RUNNING:
            self._start(instance, ref, vm)

    def _start(self, instance, ref, vm):
        """Start a VM with the vGPUs that its instance has claimed.

        :param vm: its record; suspended or halted
        """
        devices = self.vgpus.devices(instance)
        with self.refusals(instance, devices):
            if vm['power_state'] == vms.SUSPENDED:
                # Its vGPUs can't be changed, only be waited for.
                self.session.call(
                    'VM.resume_on', ref, self.host.ref, False, False
                )
            else:
                self.gpu_devices.apply(ref, vm, instance.uuid, devices)
                self.vms.start(ref)
        if devices:
            self.tell_started(instance)

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
        ref, vm = self.vms.find(instance)
        if (
            reboot_type.lower() != 'hard'
            and vm['power_state'] == vms.RUNNING
            and self.vms.reboot(ref)
        ):
            return
        # As a hard reboot is what mends an instance, see to its disks too.
        if instance.vm_state == vm_states.RESCUED:
            self._halt(instance, ref)
            self._arrange(instance, ref, rescue=True)
        else:
            self._end_rescue(instance, ref)
        self._restart(instance, ref)

    def _restart(self, instance, ref):
        self._halt(instance, ref)
        self._start(instance, ref, self.session.call('VM.get_record', ref))

    def pause(self, instance):
        ref, _ = self.vms.find(instance)
        self.session.call('VM.pause', ref)

    def unpause(self, instance):
        ref, _ = self.vms.find(instance)
        self.session.call('VM.unpause', ref)

    def soft_delete(self, instance):
        self.power_off(instance)

    def restore(self, instance):
        self._run(instance)

    def resume_state_on_host_boot(
        self,
        context,
        instance,
        network_info,
        share_info,
        block_device_info=None,
    ):
        with resuming.telling(context, instance):
            self._run(instance)

    # Rescue: the same VM, with its vGPUs, boots from another disk

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
        images.check(image_meta)
        self.vgpus.check_image(instance, image_meta)
        ref, _ = self.vms.find(instance)
        self._halt(instance, ref)
        try:
            with self.refusals(instance):
                # That of an earlier rescue which could not be undone.
                self.disks.remove(instance.uuid, [storage.RESCUE])
                images.fetch(
                    context,
                    image_meta,
                    instance,
                    self.disks,
                    self.session,
                    storage.RESCUE,
                )
                self._arrange(instance, ref, rescue=True)
            self._restart(instance, ref)
        except Exception:
            with excutils.save_and_reraise_exception():
                self._undo_rescue(instance, ref)

    def _undo_rescue(self, instance, ref):
        try:
            self._end_rescue(instance, ref)
        except Exception as error:
            # Unrescue, or the instance's deletion, will remove the rest.
            LOG.error(
                'Not all of a rescue that failed could be undone: %s',
                error,
                instance=instance,
            )

    def unrescue(self, context, instance):
        ref, _ = self.vms.find(instance)
        self._end_rescue(instance, ref)
        self._restart(instance, ref)

    def _end_rescue(self, instance, ref):
        """Let a VM, which is stopped, boot from its own disk again."""
        self._halt(instance, ref)
        self._arrange(instance, ref, rescue=False)
        self.disks.remove(instance.uuid, [storage.RESCUE])

    def _arrange(self, instance, ref, rescue):
        vm = self.session.call('VM.get_record', ref)
        self.block_devices.arrange(ref, vm, instance.uuid, rescue)
