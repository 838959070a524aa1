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


"""What XenServer is told of a new VM."""

from nova import exception
from nova.objects import fields
from oslo_utils import units

from nova_vgpu_ext.virt.xenapi import gpu_models

# HVM guests need a device model, and these are what it is to show them; as
# in XenServer's template "Other install media".
_PLATFORM = {
    'acpi': '1',
    'apic': 'true',
    'device-model': 'qemu-upstream-compat',
    'hpet': 'true',
    'nx': 'true',
    'pae': 'true',
    'vga': 'std',
    'videoram': '8',
    'viridian': 'true',
}


def mode(instance, image_meta):
    """The VMMode in which an image is to run.

    :raises ImageUnacceptable: if XenServer has no such mode
    """
    wanted = (
        image_meta.properties.get('hw_vm_mode')
        or fields.VMMode.get_from_instance(instance)
        or fields.VMMode.HVM
    )
    if wanted not in (fields.VMMode.HVM, fields.VMMode.XEN):
        raise exception.ImageUnacceptable(
            image_id=image_meta.id,
            reason=f'XenServer has no guests of the mode {wanted}',
        )
    return wanted


def make(instance, image_meta, host, marks):
    """The record for VM.create.

    :param host: hosts.Host
    :param marks: its other_config
    """
    memory = str(instance.flavor.memory_mb * units.Mi)
    vcpus = str(instance.flavor.vcpus)
    return {
        'name_label': instance.name,
        'name_description': instance.display_name or '',
        'user_version': '0',
        'is_a_template': False,
        'affinity': host.ref,
        # All alike: a vGPU with a PCI device needs memory that stays where
        # it is, and Nova counts all of it anyway.
        'memory_static_max': memory,
        'memory_dynamic_max': memory,
        'memory_dynamic_min': memory,
        'memory_static_min': memory,
        'VCPUs_max': vcpus,
        'VCPUs_at_startup': vcpus,
        'VCPUs_params': {},
        'actions_after_shutdown': 'destroy',
        'actions_after_reboot': 'restart',
        'actions_after_crash': 'destroy',
        'PCI_bus': '',
        'other_config': marks,
        'recommendations': '',
        'xenstore_data': {},
        'ha_always_run': False,
        'ha_restart_priority': '',
        'tags': [],
        'blocked_operations': {},
        'suspend_SR': gpu_models.NULL,
        'has_vendor_device': False,
        **_boot(mode(instance, image_meta), image_meta),
    }


def _boot(vm_mode, image_meta):
    """What differs between HVM and paravirtual guests."""
    hvm = vm_mode == fields.VMMode.HVM
    parameters = {'order': 'cd'}
    if image_meta.properties.get('hw_firmware_type') == 'uefi':
        parameters['firmware'] = 'uefi'
    return {
        'domain_type': 'hvm' if hvm else 'pv',
        'HVM_boot_policy': 'BIOS order' if hvm else '',
        'HVM_boot_params': parameters if hvm else {},
        'platform': dict(_PLATFORM) if hvm else {},
        'PV_bootloader': '' if hvm else 'pygrub',
        'PV_kernel': '',
        'PV_ramdisk': '',
        'PV_args': '',
        'PV_bootloader_args': '',
        'PV_legacy_args': '',
    }
