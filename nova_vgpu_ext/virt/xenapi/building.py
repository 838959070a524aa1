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


"""What the driver does to make instances and to remove them."""

import contextlib

from nova.virt import configdrive
from oslo_log import log as logging
from oslo_utils import excutils

from nova_vgpu_ext.virt.xenapi import block_devices
from nova_vgpu_ext.virt.xenapi import config_drive
from nova_vgpu_ext.virt.xenapi import errors
from nova_vgpu_ext.virt.xenapi import images
from nova_vgpu_ext.virt.xenapi import marks
from nova_vgpu_ext.virt.xenapi import refusals
from nova_vgpu_ext.virt.xenapi import storage
from nova_vgpu_ext.virt.xenapi import vm_record

LOG = logging.getLogger(__name__)


class BuildingMixin:
    """The part of XenAPIDriver about making and removing."""

    def spawn(
        self,
        context,
        instance,
        image_meta,
        injected_files,
        admin_password,
        allocations,
        network_info=None,
        block_device_info=None,
        power_on=True,
        accel_info=None,
    ):
        # All that can be known beforehand comes before the first change.
        block_devices.check(instance, block_device_info)
        images.check(image_meta, instance.flavor)
        record = vm_record.make(
            instance,
            image_meta,
            self.host,
            marks.of_vm(instance, self.host.uuid),
        )
        devices = self.vgpus.devices(instance, image_meta)
        with self._undone_on_error(instance), self.refusals(instance, devices):
            self._make_disks(
                context,
                instance,
                image_meta,
                injected_files,
                admin_password,
                network_info,
            )
            ref = self._make_vm(instance, record, network_info, devices)
            if power_on:
                self._first_start(instance, ref, network_info)
        if power_on and devices:
            self.tell_started(instance)
        # Nova may yet give it up, and say so to nobody, if what it does next
        # fails: ask after the VM, or save the instance.
        self.orphans.suspect(instance)

    def _make_disks(
        self, context, instance, image_meta, files, password, network_info
    ):
        images.fetch(
            context,
            image_meta,
            instance,
            self.disks,
            self.session,
            storage.ROOT,
        )
        if configdrive.required_by(instance):
            config_drive.make(
                instance,
                self.disks,
                self.session,
                network_info,
                files,
                password,
            )

    def _make_vm(self, instance, record, network_info, devices):
        ref = self.session.call('VM.create', record)
        vm = self.session.call('VM.get_record', ref)
        self.block_devices.arrange(ref, vm, instance.uuid)
        self.networks.attach(ref, network_info)
        self.gpu_devices.apply(ref, vm, instance.uuid, devices)
        return ref

    def _first_start(self, instance, ref, network_info):
        with self.networks.plugged(instance, network_info) as waits:
            self.vms.start(ref, paused=waits)
        if waits:
            self.session.call('VM.unpause', ref)

    @contextlib.contextmanager
    def _undone_on_error(self, instance):
        """Leave nothing of an instance that can't be made."""
        try:
            yield
        except Exception as error:
            with excutils.save_and_reraise_exception():
                if isinstance(error, errors.ConnectionBroke):
                    # It may yet be carried out.
                    self.orphans.suspect(instance)
                self._undo(instance)

    def _undo(self, instance):
        try:
            self._remove(instance)
        except Exception as error:
            LOG.error(
                'Not all of an instance that failed could be removed; the '
                'next periodic run will try again: %s',
                error,
                instance=instance,
            )
            self.orphans.suspect(instance)

    @contextlib.contextmanager
    def refusals(self, instance, devices=()):
        """Let XenServer's refusals be errors that Nova knows."""
        try:
            yield
        except errors.Refused as error:
            found = refusals.nova_error(error, instance, self.host, devices)
            if refusals.is_for_vgpus(error) and devices:
                self.tell_refused()
            raise found from None

    def _remove(self, instance, disks=True):
        self.vms.remove(instance)
        self.tell_stopped(instance)
        if disks:
            self.disks.remove(instance.uuid)

    def destroy(
        self,
        context,
        instance,
        network_info,
        block_device_info=None,
        destroy_disks=True,
        destroy_secrets=True,
    ):
        self._remove(instance, destroy_disks)
