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


"""The disks of instances, in one storage repository.

A disk's name is made of its instance's uuid, so that it can be found again
whatever happened after it was made.
"""

from nova_vgpu_ext.virt.xenapi import errors
from nova_vgpu_ext.virt.xenapi import marks

ROOT = 'root'
RESCUE = 'rescue'
CONFIG_DRIVE = 'config'
KINDS = (ROOT, RESCUE, CONFIG_DRIVE)


def find_repository(session, host):
    """Reference of the storage repository that the settings mean.

    :param host: hosts.Host
    :raises InvalidSettings: if there is none, or more than one
    """
    attached = {
        pbd['SR']
        for pbd in session.call('PBD.get_all_records').values()
        if pbd['host'] == host.ref and pbd['currently_attached']
    }
    found = sorted(attached & set(_meant(session)))
    if len(found) == 1:
        return found[0]
    raise errors.InvalidSettings(
        reason=f'{len(found) or "None"} of the storage repositories that '
        f'are attached to host {host.name} match [xenserver] '
        'sr_matching_filter: change it, or the pool, so that one does.'
    )


def _meant(session):
    wanted = session.settings
    if wanted.sr_key is None:
        pools = session.call('pool.get_all_records').values()
        return [pool['default_SR'] for pool in pools]
    return [
        ref
        for ref, sr in session.call('SR.get_all_records').items()
        if sr['other_config'].get(wanted.sr_key) == wanted.sr_value
    ]


class Disks:
    """The disks of one host's instances.

    :param session: session.Session
    :param repository: reference of the SR
    :param host: hosts.Host
    """

    def __init__(self, session, repository, host):
        self._session = session
        self.repository = repository
        self._host = host

    def create(self, instance, kind, size):
        """Make an empty disk.

        :param kind: one of KINDS
        :param size: in bytes
        :returns: reference of the VDI
        """
        record = {
            'name_label': _name(instance.uuid, kind),
            'name_description': f'{kind} disk of {instance.name}',
            'SR': self.repository,
            'virtual_size': str(size),
            'type': 'user',
            'sharable': False,
            'read_only': False,
            'other_config': marks.of_disk(instance.uuid, self._host.uuid),
            'xenstore_data': {},
            'sm_config': {},
            'tags': [],
        }
        return self._session.call('VDI.create', record)

    def find(self, uuid, kind):
        """References of an instance's disks of a kind; usually one."""
        records = self._session.call(
            'VDI.get_all_records_where',
            f'field "name__label" = "{_name(uuid, kind)}"',
        )
        return [
            ref
            for ref, disk in records.items()
            if disk['SR'] == self.repository
            and marks.is_disk_of(disk, uuid, self._host.uuid)
        ]

    def all(self):
        """Records of all disks of this host's instances."""
        records = self._session.call(
            'VDI.get_all_records_where',
            f'field "SR" = "{self.repository}"',
        )
        return [
            disk
            for disk in records.values()
            if marks.is_disk_of(
                disk, disk['other_config'].get(marks.OWNER), self._host.uuid
            )
        ]

    def remove(self, uuid, kinds=KINDS):
        """Remove an instance's disks, those that are there."""
        for kind in kinds:
            for ref in self.find(uuid, kind):
                self._session.remove('VDI.destroy', ref)


def _name(uuid, kind):
    return f'{uuid}-{kind}'
