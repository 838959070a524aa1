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

"""The calls of VBD: a disk or drive of a VM (xapi_vbd.ml)."""

import re

from nova_vgpu_ext.sandbox.xapi import handlers
from nova_vgpu_ext.sandbox.xapi import vm_domain
from nova_vgpu_ext.sandbox.xapi import vm_operations
from nova_vgpu_ext.sandbox.xapi.failure import Failure
from nova_vgpu_ext.sandbox.xapi.signatures import NULL

_LETTERS = 'abcdefghijklmnop'
_NAME = re.compile(rf'(?:sd|xvd|hd)([{_LETTERS}])$')
_NEVER_ATTACHED = ('ha_statefile', 'redo_log', 'cbt_metadata')


def number(device):
    """0 of '0', 'xvda' and 'hda' alike; None if it is no device's name."""
    match = _NAME.match(device)
    if match:
        return _LETTERS.index(match[1])
    if device.isdigit() and int(device) < len(_LETTERS):
        return int(device)
    return None


def free_devices(db, vm):
    """Numbers of the devices that a VM has none of."""
    taken = {
        number(db.row('VBD', vbd)['userdevice'])
        for vbd in db.row('VM', vm)['VBDs']
    }
    return [one for one in range(len(_LETTERS)) if one not in taken]


def check_attachable(db, vbd):
    """:raises Failure: VDI_IN_USE, VDI_READONLY"""
    row = db.row('VBD', vbd)
    if row['currently_attached'] or not db.has('VDI', row['VDI']):
        return
    vdi = db.row('VDI', row['VDI'])
    others = [
        db.row('VBD', other)
        for other in vdi['VBDs']
        if other != vbd and db.row('VBD', other)['currently_attached']
    ]
    writes = row['mode'] == 'RW'
    written = any(other['mode'] == 'RW' for other in others)
    if not vdi['sharable'] and (written or (writes and others)):
        raise Failure('VDI_IN_USE', row['VDI'])
    if writes and vdi['read_only']:
        raise Failure('VDI_READONLY', row['VDI'])


class VBD(handlers.Handlers):
    """The calls of class VBD."""

    def create(self, call, record):
        vm, vdi = record['VM'], record['VDI']
        self.db.row('VM', vm)
        self._check_kind(record)
        if not record['empty']:
            self._check_disk(record, self.db.row('VDI', vdi))
        record['userdevice'] = self._device(vm, record['userdevice'])
        record.update(device='', currently_attached=False)
        if record['empty']:
            record['VDI'] = NULL
        return self.db.create('VBD', **record)

    def _check_kind(self, record):
        if record['type'] == 'CD' and record['mode'] != 'RO':
            raise Failure('VBD_CDS_MUST_BE_READONLY')
        if record['type'] != 'CD' and record['empty']:
            raise Failure('VBD_NOT_REMOVABLE_MEDIA', 'in constructor')

    def _check_disk(self, record, vdi):
        if vdi['type'] in _NEVER_ATTACHED:
            raise Failure('VDI_INCOMPATIBLE_TYPE', record['VDI'], vdi['type'])
        if record['mode'] == 'RW' and vdi['read_only']:
            raise Failure('VDI_READONLY', record['VDI'])

    def _device(self, vm, device):
        free = free_devices(self.db, vm)
        if device == 'autodetect' and free:
            return str(free[0])
        if number(device) is None:
            raise Failure('INVALID_DEVICE', device)
        if number(device) not in free:
            raise Failure('DEVICE_ALREADY_EXISTS', device)
        return device

    def destroy(self, call, vbd):
        row = self.db.row('VBD', vbd)
        if row['currently_attached']:
            vm = self.db.row('VM', row['VM'])
            raise Failure(
                'OPERATION_NOT_ALLOWED',
                f"VBD '{row['uuid']}' still attached to '{vm['uuid']}'",
            )
        self.db.destroy('VBD', vbd)

    def plug(self, call, vbd):
        row = self._pluggable(vbd)
        if row['currently_attached']:
            raise Failure('DEVICE_ALREADY_ATTACHED', vbd)
        check_attachable(self.db, vbd)
        vm_domain.plug_disk(self.db, vbd)

    def unplug(self, call, vbd):
        if not self._pluggable(vbd)['currently_attached']:
            raise Failure('DEVICE_ALREADY_DETACHED', vbd)
        if not self.db.row('VBD', vbd)['unpluggable']:
            raise Failure('VBD_NOT_UNPLUGGABLE', vbd)
        self.db.write('VBD', vbd, currently_attached=False, device='')

    def unplug_force(self, call, vbd):
        self.unplug(call, vbd)

    def _pluggable(self, vbd):
        row = self.db.row('VBD', vbd)
        vm_operations.check_power(self.db, row['VM'], 'Running')
        if row['type'] == 'CD':
            raise Failure(
                'OPERATION_NOT_ALLOWED',
                'HVM CDROMs cannot be hotplugged/unplugged, only inserted or '
                'ejected',
            )
        vm = self.db.row('VM', row['VM'])
        has_tools = self.db.has('VM_guest_metrics', vm['guest_metrics'])
        if not has_tools and not vm['is_control_domain']:
            raise Failure('VM_MISSING_PV_DRIVERS', row['VM'])
        return row

    def insert(self, call, vbd, vdi):
        row = self._removable(vbd)
        self.db.row('VDI', vdi)
        if not row['empty']:
            raise Failure('VBD_NOT_EMPTY', vbd)
        self.db.write('VBD', vbd, VDI=vdi, empty=False)

    def eject(self, call, vbd):
        if self._removable(vbd)['empty']:
            raise Failure('VBD_IS_EMPTY', vbd)
        self.db.write('VBD', vbd, VDI=NULL, empty=True)

    def _removable(self, vbd):
        row = self.db.row('VBD', vbd)
        if row['type'] != 'CD':
            raise Failure('VBD_NOT_REMOVABLE_MEDIA', vbd)
        vm_operations.check_power(
            self.db, row['VM'], 'Halted', 'Running', 'Paused'
        )
        return row

    def assert_attachable(self, call, vbd):
        check_attachable(self.db, vbd)

    def set_mode(self, call, vbd, mode):
        row = self.db.row('VBD', vbd)
        vm_operations.check_power(self.db, row['VM'], 'Halted')
        self.db.write('VBD', vbd, mode=mode)
