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


"""The VGPU objects of a VM: what it asks XAPI for at its next start.

They hold no place while the VM is halted, and can only be made then.
"""

import itertools
import typing

from nova import exception

from nova_vgpu_ext.virt.xenapi import errors
from nova_vgpu_ext.virt.xenapi import gpu_models
from nova_vgpu_ext.virt.xenapi import marks


class Device(typing.NamedTuple):
    """One vGPU of a VM.

    :ivar type: reference of the VGPU_type
    :ivar group: reference of the GPU_group
    :ivar model: the type's name, or of a whole card that
    :ivar group_name: for messages
    """

    type: str
    group: str
    model: str
    group_name: str


class GPUDevices:
    """Makes VMs have the vGPUs that they should.

    :param session: session.Session
    """

    def __init__(self, session):
        self._session = session

    def plan(self, places, shown):
        """The Devices of a VM, before it is made.

        :param places: (identifier, group uuid) of each, in device order
        :param shown: function of an identifier that gives its name
        :raises ComputeResourcesUnavailable: if this can't be had here
        """
        if not places:
            return ()
        types = self._types()
        groups = {
            group['uuid']: (ref, group['name_label'])
            for ref, group in self._session.call(
                'GPU_group.get_all_records'
            ).items()
        }
        by_identifier = _by_identifier(types)
        devices = tuple(
            _device(place, by_identifier, groups, shown(place[0]))
            for place in places
        )
        _check_together(devices, types)
        return devices

    def _types(self):
        try:
            return self._session.call('VGPU_type.get_all_records')
        except errors.Refused as error:
            if error.refusal != 'MESSAGE_METHOD_UNKNOWN':
                raise
            return {}  # before XenServer 6.2 SP1

    def apply(self, vm_ref, vm, owner, devices):
        """Let a halted VM have these vGPUs and no others.

        :param vm: its record
        :param owner: uuid of its instance
        """
        if self._present(vm) == [device[:2] for device in devices]:
            return
        for ref in vm.get('VGPUs', ()):
            self._session.remove('VGPU.destroy', ref)
        for number, device in enumerate(devices):
            arguments = [
                vm_ref,
                device.group,
                str(number),
                {marks.OWNER: owner},
            ]
            if device.type != gpu_models.NULL:
                arguments.append(device.type)
            self._session.call('VGPU.create', *arguments)

    def _present(self, vm):
        """(type, group) of each vGPU that a VM has, in device order."""
        records = [
            self._session.call('VGPU.get_record', ref)
            for ref in vm.get('VGPUs', ())
        ]
        records.sort(key=lambda vgpu: int(vgpu['device']))
        return [
            (vgpu.get('type', gpu_models.NULL), vgpu['GPU_group'])
            for vgpu in records
        ]


def _by_identifier(types):
    """{identifier: reference}, the passthrough type under None."""
    found = {None: gpu_models.NULL}
    for ref, vgpu_type in types.items():
        if gpu_models.is_passthrough(vgpu_type):
            found[None] = ref
        else:
            found[gpu_models.identifier(vgpu_type)] = ref
    return found


def _device(place, types, groups, model):
    identifier, group = place
    key = None if gpu_models.is_whole(identifier) else identifier
    if key not in types or group not in groups:  # both were there just now
        raise exception.ComputeResourcesUnavailable(
            reason=f'not enough vGPUs: {model}'
        )
    return Device(types[key], groups[group][0], model, groups[group][1])


def _check_together(devices, types):
    """XAPI lets few types be in one VM with another, or twice.

    :raises ComputeResourcesUnavailable: another host may do it
    """
    for earlier, later in itertools.combinations(devices, 2):
        allowed = types.get(earlier.type, {}).get('compatible_types_in_vm', ())
        if later.type not in allowed:
            raise exception.ComputeResourcesUnavailable(
                reason=f'one VM can not have vGPUs {earlier.model} and '
                f'{later.model} together on this XenServer host'
            )
