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


"""How a VM or a disk shows whose it is.

A pool is shared: with administrators, who may clone one of our VMs together
with what is written on it, and with the nova-computes of the other hosts.
So a VM is ours only under the name that we gave it, and for this host.
"""

from oslo_utils import uuidutils

OWNER = 'nova-instance-uuid'
HOST = 'nova-host-uuid'
NAME = 'nova-vm-name'


def of_vm(instance, host_uuid):
    """The other_config of a new VM."""
    return {**of_disk(instance.uuid, host_uuid), NAME: instance.name}


def of_disk(owner, host_uuid):
    """The other_config of a new disk."""
    return {OWNER: owner, HOST: host_uuid}


def owner(vm):
    """The uuid of the instance that a VM is, None if it is a foreign one.

    :param vm: its record
    """
    config = vm['other_config']
    uuid = config.get(OWNER)
    if (
        uuidutils.is_uuid_like(uuid)
        and config.get(NAME) == vm['name_label']
        and not vm['is_a_template']
    ):
        return uuid
    return None


def is_disk_of(disk, owner, host_uuid):
    """Whether we made a disk for an instance on this host.

    :param disk: its record
    """
    marks = of_disk(owner, host_uuid)
    return marks.items() <= disk['other_config'].items()
