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

"""VMs and disks of instances that are no longer on this host."""

from nova import context
from nova import exception
from nova import objects
from nova import utils

from nova_vgpu_ext.virt.xenapi import marks


class Orphans:
    """Has them removed at periodic runs.

    :param leftovers: leftovers.Leftovers
    :param remove: function that removes all that an instance has here
    :param service: the host of this nova-compute, as instances name it
    """

    def __init__(self, leftovers, remove, service):
        self._leftovers = leftovers
        self._remove = remove
        self._service = service

    def suspect(self, instance):
        """Something of an instance that isn't to be here may be left."""
        self._leftovers.add(
            f'instance {instance.uuid}', lambda: self._look_after(instance)
        )

    def _look_after(self, instance):
        found = _instance(instance.uuid)
        if found is None or found.deleted or found.host != self._service:
            self._remove(instance)

    def suspect_all(self, vms, disks):
        """Look through what is left from before this nova-compute started.

        What Nova doesn't know, or has on another host, is left alone.

        :param vms: {uuid of the instance: record}
        :param disks: records
        """
        owners = {disk['other_config'][marks.OWNER] for disk in disks}
        for uuid in owners.union(vms):
            found = _instance(uuid)
            if found is not None and (found.deleted or found.host is None):
                self.suspect(found)


def _instance(uuid):
    """What Nova knows of an instance, also if that is deleted; or None."""
    admin = context.get_admin_context()
    # As Nova itself does.
    with utils.temporary_mutation(admin, read_deleted='yes'):
        try:
            return objects.Instance.get_by_uuid(admin, uuid)
        except exception.InstanceNotFound:
            return None
