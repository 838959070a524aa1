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


"""Which vGPUs an instance is to have at its next start."""

from nova import exception
from nova.objects import fields
from oslo_log import log as logging

from nova_vgpu_ext import extension
from nova_vgpu_ext import flavors
from nova_vgpu_ext import request
from nova_vgpu_ext.virt.xenapi import vm_record

LOG = logging.getLogger(__name__)


class Assignment:
    """Turns flavors into the vGPUs of this host.

    :param gpu_devices: gpu_devices.GPUDevices
    :param claimed: function that gives the HostVGPUs with Nova's claims,
        or None
    :param present: function that gives the HostVGPUs as of now
    :param refused: function to call when they can't be had here
    """

    def __init__(self, gpu_devices, claimed, present, refused):
        self._gpu_devices = gpu_devices
        self._claimed = claimed
        self._present = present
        self._refused = refused

    def devices(self, instance, image_meta=None):
        """The gpu_devices.Device of each vGPU, in device order.

        Where the instance's claim is, or else where one would go now.

        :param image_meta: of the image from which it boots, if that is new
        :raises ComputeResourcesUnavailable: if they can't be had here
        :raises ImageUnacceptable: if the image can't use them
        """
        wanted = _request(instance)
        if not wanted:
            return ()
        if image_meta is not None:
            self.check_image(instance, image_meta)
        if not extension.installed():  # nobody would count them
            LOG.error(extension.HOW_TO_TURN_ON, instance=instance)
            raise _not_enough(wanted)
        for books in (self._claimed, self._present):
            found = books()
            places = found and found.assignment(instance.uuid, wanted)
            if places:
                return self._gpu_devices.plan(places, found.names.shown)
        self._refused()
        raise _not_enough(wanted)

    def check_image(self, instance, image_meta):
        """Refuse an image whose guest would not see its vGPUs.

        :raises ImageUnacceptable: one sentence says what to do
        """
        paravirtual = vm_record.mode(instance, image_meta) != fields.VMMode.HVM
        if paravirtual and _request(instance):
            raise exception.ImageUnacceptable(
                image_id=image_meta.id,
                reason='only HVM guests can have vGPUs: set its property '
                'hw_vm_mode to hvm, or take a flavor without vGPUs',
            )


def _request(instance):
    try:
        return flavors.vgpu_request(instance.flavor)
    except request.InvalidVGPURequest as error:
        raise exception.InvalidInput(reason=str(error)) from None


def _not_enough(wanted):
    return exception.ComputeResourcesUnavailable(
        reason=f'not enough vGPUs: {wanted}'
    )
