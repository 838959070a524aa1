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


"""XenServer's refusals as errors that Nova, and users, understand."""

from nova import exception
from oslo_log import log as logging

LOG = logging.getLogger(__name__)

# Of VGPU.create and VM.start_on, all for want of a vGPU.
_GPU = frozenset(
    {
        'FEATURE_RESTRICTED',
        'GPU_GROUP_CONTAINS_NO_PGPUS',
        'LICENCE_RESTRICTION',
        'PGPU_INSUFFICIENT_CAPACITY_FOR_VGPU',
        'VGPU_TYPE_NOT_COMPATIBLE',
        'VGPU_TYPE_NOT_COMPATIBLE_WITH_RUNNING_TYPE',
        'VGPU_TYPE_NOT_ENABLED',
        'VGPU_TYPE_NOT_SUPPORTED',
        'VGPU_TYPE_NO_LONGER_SUPPORTED',
        'VM_PCI_BUS_FULL',
        'VM_REQUIRES_GPU',
        'VM_REQUIRES_IOMMU',
        'VM_REQUIRES_VGPU',
    }
)

_OTHERS = {
    'HOST_NOT_ENOUGH_FREE_MEMORY': 'not enough memory',
    'HOST_NOT_ENOUGH_PCPUS': 'not enough CPUs',
    'SR_FULL': 'not enough disk space',
}


def is_for_vgpus(error):
    """Whether an errors.Refused is for want of a vGPU."""
    return error.refusal in _GPU


def nova_error(error, instance, host, devices=()):
    """What to raise instead of an errors.Refused.

    The log gets the whole story, the user what was asked for.

    :param host: hosts.Host
    :param devices: gpu_devices.Device of each vGPU of the instance
    """
    if is_for_vgpus(error) and devices:
        return _no_vgpu(error, instance, host, devices)
    LOG.warning(
        'Host %(host)s: %(error)s Details: %(details)s',
        {'host': host.name, 'error': error, 'details': error.parameters},
        instance=instance,
    )
    if error.refusal in _OTHERS:
        return exception.ComputeResourcesUnavailable(
            reason=_OTHERS[error.refusal]
        )
    return error


def _no_vgpu(error, instance, host, devices):
    blamed = [
        device
        for device in devices
        if {device.type, device.group} <= set(error.parameters)
    ] or devices
    LOG.warning(
        'XenServer host %(host)s refused vGPU %(model)s in group %(group)s: '
        '%(code)s %(details)s',
        {
            'host': host.name,
            'model': _list(device.model for device in blamed),
            'group': _list(device.group_name for device in blamed),
            'code': error.refusal,
            'details': error.parameters,
        },
        instance=instance,
    )
    models = _list(device.model for device in blamed)
    return exception.ComputeResourcesUnavailable(
        reason=f'not enough vGPUs: {models}'
    )


def _list(names):
    return ', '.join(dict.fromkeys(names))
