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

"""The calls of SR, PBD and VDI (xapi_sr.ml, xapi_pbd.ml, xapi_vdi.ml)."""

from nova_vgpu_ext.sandbox.xapi import handlers
from nova_vgpu_ext.sandbox.xapi import storage
from nova_vgpu_ext.sandbox.xapi.failure import Failure
from nova_vgpu_ext.sandbox.xapi.signatures import NULL

_COPIED = (
    'name_label',
    'name_description',
    'type',
    'sharable',
    'read_only',
    'other_config',
    'xenstore_data',
    'sm_config',
    'tags',
)
_LIVE = ('snapshot', 'clone')


class SR(handlers.Handlers):
    """The calls of class SR."""

    def scan(self, call, sr):
        storage.check_plugged(self.db, sr)
        storage.update(self.db, sr)

    def get_supported_types(self, call):
        return sorted({row['type'] for row in self.db.tables['SR'].values()})

    def forget(self, call, sr):
        self._check_unplugged(sr)
        for vdi in self.db.row('SR', sr)['VDIs']:
            self.db.destroy('VDI', vdi)
        self.db.destroy('SR', sr)

    def destroy(self, call, sr):
        if self.db.row('SR', sr)['VDIs']:
            raise Failure('SR_NOT_EMPTY')
        self._check_unplugged(sr)
        self.db.destroy('SR', sr)

    def _check_unplugged(self, sr):
        for pbd in self.db.row('SR', sr)['PBDs']:
            if self.db.row('PBD', pbd)['currently_attached']:
                raise Failure('SR_HAS_PBD', sr)


class PBD(handlers.Handlers):
    """The calls of class PBD."""

    def plug(self, call, pbd):
        self.db.write('PBD', pbd, currently_attached=True)

    def unplug(self, call, pbd):
        row = self.db.row('PBD', pbd)
        for vdi in self.db.row('SR', row['SR'])['VDIs']:
            for vbd in self.db.row('VDI', vdi)['VBDs']:
                vbd_row = self.db.row('VBD', vbd)
                vm = self.db.row('VM', vbd_row['VM'])
                here = vm['resident_on'] == row['host']
                if vbd_row['currently_attached'] and here:
                    raise Failure('VDI_IN_USE', vdi, 'detach')
        self.db.write('PBD', pbd, currently_attached=False)


class VDI(handlers.Handlers):
    """The calls of class VDI."""

    def create(self, call, record):
        if record['virtual_size'] < 0:
            raise Failure(
                'INVALID_VALUE', 'virtual_size', record['virtual_size']
            )
        return storage.create(self.pool, **record)

    def destroy(self, call, vdi):
        self._check(vdi, 'destroy')
        storage.destroy(self.pool, vdi)

    def forget(self, call, vdi):
        self._check(vdi, 'forget')
        storage.destroy(self.pool, vdi)

    def resize(self, call, vdi, size):
        self._check(vdi, 'resize')
        storage.resize(self.pool, vdi, size)

    def clone(self, call, vdi, driver_params):
        self._check(vdi, 'clone')
        return self._duplicate(vdi)

    def snapshot(self, call, vdi, driver_params):
        self._check(vdi, 'snapshot')
        return self._duplicate(
            vdi,
            is_a_snapshot=True,
            snapshot_of=vdi,
            snapshot_time=self.pool.now(),
        )

    def copy(self, call, vdi, sr, base_vdi=NULL, into_vdi=NULL):
        """Into a new disk on the storage, or into one that is there."""
        self._check(vdi, 'copy')
        if not self.db.has('VDI', into_vdi):
            return self._duplicate(vdi, SR=sr)
        size = self.db.row('VDI', vdi)['virtual_size']
        if self.db.row('VDI', into_vdi)['virtual_size'] < size:
            raise Failure('VDI_TOO_SMALL', into_vdi, size)
        self._copy_contents(vdi, into_vdi)
        return into_vdi

    def _check(self, vdi, operation):
        """:raises Failure: VDI_IN_USE, if a running VM has the disk"""
        row = self.db.row('VDI', vdi)
        if operation in _LIVE:
            return
        users = [self.db.row('VBD', vbd) for vbd in row['VBDs']]
        # A disk that is only read may be copied meanwhile.
        if operation == 'copy':
            users = [user for user in users if user['mode'] == 'RW']
        if any(user['currently_attached'] for user in users):
            raise Failure('VDI_IN_USE', vdi, operation)
        storage.check_plugged(self.db, row['SR'])

    def _duplicate(self, vdi, **fields):
        row = self.db.row('VDI', vdi)
        kept = {name: row[name] for name in (*_COPIED, 'SR', 'virtual_size')}
        new = storage.create(self.pool, **{**kept, **fields})
        self._copy_contents(vdi, new)
        return new

    def _copy_contents(self, vdi, new):
        here, there = self.db.row('VDI', vdi), self.db.row('VDI', new)
        self.pool.disks.copy(here['uuid'], there['uuid'])
        if not storage.is_thick(self.db, there['SR']):
            storage.set_size(
                self.db,
                new,
                there['virtual_size'],
                here['physical_utilisation'],
            )
