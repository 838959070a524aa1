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


"""A simulated pool, asked without a network."""

from nova_vgpu_ext import capacity
from nova_vgpu_ext.sandbox.xapi import gpu_room
from nova_vgpu_ext.sandbox.xapi import pools
from nova_vgpu_ext.sandbox.xapi import records
from nova_vgpu_ext.sandbox.xapi.failure import Failure
from nova_vgpu_ext.virt.xenapi import gpu_inventory
from nova_vgpu_ext.virt.xenapi import marks
from tests.unit.virt.xenapi import pool_cards

# How XAPI refuses vGPUs; anything else is a mistake of a test.
REFUSALS = (
    'FEATURE_RESTRICTED',
    'LICENCE_RESTRICTION',
    'VGPU_TYPE_NOT_COMPATIBLE',
    'VM_REQUIRES_GPU',
    'VM_REQUIRES_IOMMU',
    'VM_REQUIRES_VGPU',
)


class DirectSession:
    """A session.Session without a network."""

    def __init__(self, pool):
        self._pool = pool
        account = pool.settings.username, pool.settings.password
        self._session = pool.sessions.log_in(*account, pool.master)

    def call(self, method, *args):
        answer = self._pool.dispatcher.answer(
            method, (self._session, *args), self._pool.master
        )
        return answer['Value']


class Hypervisor:
    """A pool as an administrator sees it.

    :param content: as pool_states.State has it
    """

    def __init__(self, content):
        definitions = {'definitions': pool_cards.KINDS}
        self.pool = pools.parse({**content, **definitions})
        self.call = self.pool.call
        db = self.pool.db
        self._hosts = {
            row['name_label']: ref for ref, row in db.tables['host'].items()
        }
        self._groups = {
            row['name_label']: ref
            for ref, row in db.tables['GPU_group'].items()
        }
        self._types = {
            row['identifier']: ref
            for ref, row in db.tables['VGPU_type'].items()
        }
        self._types[pool_cards.PASSTHROUGH] = self._types['0001:passthrough']
        host = self._hosts['h1']
        self._session = DirectSession(self.pool)
        self._inventory = gpu_inventory.GPUInventory(self._session, host, {})

    def books(self):
        """What the driver would report; empty books for a host without."""
        record = self._session.call('host.get_record', self._hosts['h1'])
        return self._inventory.host_vgpus(record) or capacity.HostVGPUs()

    def in_books(self, place):
        """(identifier, group id) of a pool_cards.Place in the books."""
        identifier = place.type
        if identifier == pool_cards.PASSTHROUGH:
            identifier = pool_cards.whole(place.group.partition(' ')[0])
        group = self.pool.db.row('GPU_group', self._groups[place.group])
        return identifier, group['uuid']

    def from_books(self, identifier, group_id):
        """The other way."""
        if identifier.startswith('0001:passthrough'):
            identifier = pool_cards.PASSTHROUGH
        (group,) = self.pool.db.find('GPU_group', uuid=group_id)
        name = self.pool.db.row('GPU_group', group)['name_label']
        return pool_cards.Place(identifier, name)

    # VMs

    def make(self, places, owner=None):
        """Reference of a new VM; None if XAPI has or lets it be no such."""
        if not {place.type for place in places} <= self._types.keys():
            return None
        record = records.vm(owner or 'theirs', 16)
        if owner:
            record['other_config'] = {marks.OWNER: owner, marks.NAME: owner}
        vm = self.call('VM.create', record)
        for number, (identifier, group) in enumerate(places):
            group, kind = self._groups[group], self._types[identifier]
            parameters = vm, group, str(number), {}, kind
            if not self._accepts('VGPU.create', *parameters):
                self.remove(vm)
                return None
        return vm

    def start(self, vm, host='h1'):
        """Whether XAPI starts a VM."""
        return self._accepts(
            'VM.start_on', vm, self._hosts[host], False, False
        )

    def _accepts(self, *call):
        try:
            self.call(*call)
        except Failure as failure:
            if failure.details[0] not in REFUSALS:
                raise
            return False
        return True

    def is_running(self, vm):
        return self.pool.db.row('VM', vm)['power_state'] != 'Halted'

    def stop(self, vm):
        if self.is_running(vm):
            self.call('VM.hard_shutdown', vm)

    def remove(self, vm):
        self.stop(vm)
        self.call('VM.destroy', vm)

    def taken(self, vm):
        """Uuids of the pGPUs that a VM's vGPUs are on, in device order."""
        db = self.pool.db
        return [
            db.row('PGPU', db.row('VGPU', vgpu)['resident_on'])['uuid']
            for vgpu in db.row('VM', vm)['VGPUs']
        ]

    def add(self, spec):
        """A foreign VM, as far as XAPI lets it be.

        :param spec: pool_states.VM
        :returns: its reference, None if it doesn't start
        """
        vm = self.make(spec.places)
        if vm is None or spec.fate == 'halted':
            return None
        arriving = spec.fate == 'arriving'
        if not self.start(vm, 'h2' if arriving else spec.host):
            return None
        if spec.fate == 'stopped':
            self.stop(vm)
        elif spec.fate == 'paused':
            self.call('VM.pause', vm)
        elif spec.fate == 'suspended' and self._can_suspend(vm):
            self.call('VM.suspend', vm)
        elif arriving:
            self._arrive(vm)
        return vm

    def _can_suspend(self, vm):
        return 'suspend' in self.call('VM.get_allowed_operations', vm)

    def _arrive(self, vm):
        """A VM counts on two hosts while it migrates live."""
        db = self.pool.db
        for vgpu in db.row('VM', vm)['VGPUs']:
            row = db.row('VGPU', vgpu)
            for pgpu in db.row('GPU_group', row['GPU_group'])['PGPUs']:
                here = db.row('PGPU', pgpu)['host'] == self._hosts['h1']
                if here and gpu_room.places(db, pgpu, row['type']):
                    db.write('VGPU', vgpu, scheduled_to_be_resident_on=pgpu)
                    break
