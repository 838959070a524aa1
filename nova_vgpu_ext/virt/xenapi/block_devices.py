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


"""Which disks a VM has where: its VBDs."""

from nova import exception
from nova.virt import driver
from oslo_log import log as logging

from nova_vgpu_ext.virt.xenapi import storage

LOG = logging.getLogger(__name__)

# By the number that the guest sees it under; the first one boots.
_NORMAL = {'0': storage.ROOT, '3': storage.CONFIG_DRIVE}
_RESCUE = {'0': storage.RESCUE, '1': storage.ROOT, '3': storage.CONFIG_DRIVE}
_READ_ONLY = (storage.CONFIG_DRIVE,)


def check(instance, block_device_info):
    """Refuse what this driver can't attach yet.

    :raises InvalidInput: one sentence
    """
    swap = driver.block_device_info_get_swap(block_device_info)
    if (
        driver.block_device_info_get_mapping(block_device_info)
        or driver.block_device_info_get_ephemerals(block_device_info)
        or driver.swap_is_usable(swap)
        or instance.flavor.ephemeral_gb
        or instance.flavor.swap
    ):
        raise exception.InvalidInput(
            reason='The XenServer driver can give instances no volumes, '
            'ephemeral disks or swap disks yet: boot from an image, with a '
            'flavor that has neither.'
        )


class BlockDevices:
    """Attaches the disks of instances to their VMs.

    :param session: session.Session
    :param disks: storage.Disks
    """

    def __init__(self, session, disks):
        self._session = session
        self._disks = disks

    def arrange(self, vm_ref, vm, owner, rescue=False):
        """Let a halted VM have the disks that there are for it.

        Repeatable; what an administrator attached elsewhere stays.

        :param vm: the VM's record
        :param owner: uuid of its instance
        :param rescue: whether to boot from the rescue disk
        """
        wanted = self._wanted(owner, _RESCUE if rescue else _NORMAL)
        ours = {disk for disk, _ in wanted.values()}
        for ref in vm['VBDs']:
            vbd = self._session.call('VBD.get_record', ref)
            number = vbd['userdevice']
            if wanted.get(number, (None,))[0] == vbd['VDI']:
                del wanted[number]
            elif number in wanted or vbd['VDI'] in ours:
                self._session.remove('VBD.destroy', ref)
        for number, (disk, kind) in wanted.items():
            self._attach(vm_ref, disk, number, kind in _READ_ONLY)

    def _wanted(self, owner, layout):
        """{number: (VDI, kind)} of those that there are."""
        return {
            number: (disk, kind)
            for number, kind in layout.items()
            for disk in self._disks.find(owner, kind)[:1]
        }

    def _attach(self, vm_ref, disk, number, read_only):
        record = {
            'VM': vm_ref,
            'VDI': disk,
            'userdevice': number,
            'bootable': number == '0',
            'mode': 'RO' if read_only else 'RW',
            'type': 'Disk',
            'unpluggable': True,
            'empty': False,
            'other_config': {},
            'qos_algorithm_type': '',
            'qos_algorithm_params': {},
        }
        self._session.call('VBD.create', record)
