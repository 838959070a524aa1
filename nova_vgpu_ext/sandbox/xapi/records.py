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

"""Records that VM.create and the like take, whole, from the little needed."""

from nova_vgpu_ext.sandbox.xapi.signatures import NULL

_MIB = 1024**2
_TEXTS = (
    'PV_bootloader',
    'PV_kernel',
    'PV_ramdisk',
    'PV_args',
    'PV_bootloader_args',
    'PV_legacy_args',
    'PCI_bus',
    'recommendations',
)


def vm(name, memory_mib=512, vcpus=1, hvm=True, **fields):
    """For VM.create; memory doesn't change while the VM runs."""
    size = str(memory_mib * _MIB)
    return {
        'name_label': name,
        'name_description': '',
        'user_version': '0',
        'is_a_template': False,
        'affinity': NULL,
        'memory_static_min': '0',
        'memory_dynamic_min': size,
        'memory_dynamic_max': size,
        'memory_static_max': size,
        'VCPUs_params': {},
        'VCPUs_max': str(vcpus),
        'VCPUs_at_startup': str(vcpus),
        'actions_after_shutdown': 'destroy',
        'actions_after_reboot': 'restart',
        'actions_after_crash': 'destroy',
        'HVM_boot_policy': 'BIOS order' if hvm else '',
        'HVM_boot_params': {'order': 'cd'},
        'platform': {},
        'other_config': {},
        **dict.fromkeys(_TEXTS, ''),
        **fields,
    }


def vdi(sr, size, name='', **fields):
    """For VDI.create.

    :param size: in bytes
    """
    return {
        'name_label': name,
        'name_description': '',
        'SR': sr,
        'virtual_size': str(size),
        'type': 'user',
        'sharable': False,
        'read_only': False,
        'other_config': {},
        **fields,
    }


def vbd(vm_ref, vdi_ref, userdevice='autodetect', **fields):
    """For VBD.create; an empty CD drive where there is no VDI."""
    drive = vdi_ref == NULL
    return {
        'VM': vm_ref,
        'VDI': vdi_ref,
        'userdevice': userdevice,
        'bootable': True,
        'mode': 'RO' if drive else 'RW',
        'type': 'CD' if drive else 'Disk',
        'empty': drive,
        'other_config': {},
        'qos_algorithm_type': '',
        'qos_algorithm_params': {},
        **fields,
    }


def vif(vm_ref, network, device='0', mac='', **fields):
    """For VIF.create."""
    return {
        'VM': vm_ref,
        'network': network,
        'device': device,
        'MAC': mac,
        'MTU': '1500',
        'other_config': {},
        'qos_algorithm_type': '',
        'qos_algorithm_params': {},
        **fields,
    }
