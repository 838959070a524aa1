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

import ddt

from nova_vgpu_ext.sandbox.xapi import records
from nova_vgpu_ext.sandbox.xapi.signatures import NULL
from tests.unit.sandbox.xapi import base

_GIB = 2**30
LVM = {
    'hosts': [{'name': 'h1'}],
    'storage': [{'name': 'sr', 'type': 'lvm', 'size_gib': 10}],
}


class VDITestCase(base.PoolTestCase):
    def setUp(self):
        super().setUp()
        self.load(LVM)
        self.sr = self.named('SR', 'sr')

    def test_sizes_are_whole_blocks(self):
        self.assertEqual(
            4 * 2**20, self.row('VDI', self.disk(2**21 + 1))['virtual_size']
        )

    def test_storage_adds_up(self):
        disk = self.disk(_GIB)
        self.assertEqual(_GIB, self.row('SR', self.sr)['physical_utilisation'])
        self.call('SR.scan', self.sr)
        self.call('VDI.destroy', disk)
        row = self.row('SR', self.sr)
        self.assertEqual(0, row['physical_utilisation'])
        self.assertEqual(0, row['virtual_allocation'])

    def test_thin_storage_gives_what_is_used(self):
        self.load()
        self.assertEqual(
            0, self.row('VDI', self.disk(_GIB))['physical_utilisation']
        )

    def test_full(self):
        self.disk(9 * _GIB)
        self.refused(
            ['SR_FULL', 2 * _GIB, _GIB],
            'VDI.create', records.vdi(self.sr, 2 * _GIB),
        )  # fmt: skip

    def test_negative_size(self):
        self.refused(
            ['INVALID_VALUE', 'virtual_size', -1],
            'VDI.create', records.vdi(self.sr, -1),
        )  # fmt: skip

    def test_growing(self):
        disk = self.disk(_GIB)
        self.call('VDI.resize', disk, 2 * _GIB)
        row = self.row('VDI', disk)
        self.assertEqual(2 * _GIB, row['virtual_size'])
        self.assertEqual(2 * _GIB, row['physical_utilisation'])
        self.refused(
            ['SR_FULL', 18 * _GIB, 8 * _GIB], 'VDI.resize', disk, 20 * _GIB
        )

    def test_shrinking(self):
        self.refused(
            [
                'SR_BACKEND_FAILURE_79',
                '',
                'VDI Invalid size [opterr=shrinking not allowed]',
                '',
            ],
            'VDI.resize', self.disk(_GIB), 2**21,
        )  # fmt: skip

    def test_in_use(self):
        vm, disk = self.vm(), self.disk()
        self.call('VBD.create', records.vbd(vm, disk))
        self.start(vm)
        for operation, rest in (('destroy', []), ('resize', [_GIB])):
            self.refused(
                ['VDI_IN_USE', disk, operation],
                f'VDI.{operation}', disk, *rest,
            )  # fmt: skip
        self.refused(['VDI_IN_USE', disk, 'copy'], 'VDI.copy', disk)
        self.call('VDI.snapshot', disk)

    def test_what_only_pointed_to_it_goes_too(self):
        vm, disk = self.vm(), self.disk()
        self.call('VBD.create', records.vbd(vm, disk))
        drive = records.vbd(vm, disk, type='CD', mode='RO')
        drive = self.call('VBD.create', drive)
        self.call('VDI.destroy', disk)
        self.assertEqual([drive], self.row('VM', vm)['VBDs'])
        self.assertTrue(self.row('VBD', drive)['empty'])

    def test_copies_have_the_contents(self):
        disk = self.disk()
        uuid = self.row('VDI', disk)['uuid']
        with self.pool.disks.writer(uuid, 2**21) as writer:
            writer.write(b'hello')
        copies = [
            self.call('VDI.clone', disk),
            self.call('VDI.copy', disk, self.sr),
            self.call('VDI.copy', disk, NULL, NULL, self.disk()),
        ]
        for copy in copies:
            uuid = self.row('VDI', copy)['uuid']
            self.assertEqual(
                b'hello', b''.join(self.pool.disks.pieces(uuid, 5))
            )

    def test_copy_into_less(self):
        disk, small = self.disk(_GIB), self.disk()
        self.refused(
            ['VDI_TOO_SMALL', small, _GIB],
            'VDI.copy', disk, NULL, NULL, small,
        )  # fmt: skip

    def test_unplugged_storage(self):
        (pbd,) = self.row('SR', self.sr)['PBDs']
        self.call('PBD.unplug', pbd)
        details = ['SR_HAS_NO_PBDS', self.sr]
        self.refused(details, 'VDI.create', records.vdi(self.sr, 1))
        self.refused(details, 'SR.scan', self.sr)
        self.call('PBD.plug', pbd)
        self.disk()

    def test_unplugging_what_is_used(self):
        vm, disk = self.vm(), self.disk()
        self.call('VBD.create', records.vbd(vm, disk))
        self.start(vm)
        (pbd,) = self.row('SR', self.sr)['PBDs']
        self.refused(['VDI_IN_USE', disk, 'detach'], 'PBD.unplug', pbd)

    def test_disk_is_forgotten(self):
        self.call('VDI.forget', self.disk())
        self.assertEqual({}, self.pool.db.tables['VDI'])
        self.assertIn('lvm', self.call('SR.get_supported_types'))

    def test_storage_goes(self):
        self.disk()
        self.refused(['SR_NOT_EMPTY'], 'SR.destroy', self.sr)
        self.refused(['SR_HAS_PBD', self.sr], 'SR.forget', self.sr)
        (pbd,) = self.row('SR', self.sr)['PBDs']
        self.call('PBD.unplug', pbd)
        self.call('SR.forget', self.sr)
        self.assertEqual({}, self.pool.db.tables['VDI'])


@ddt.ddt
class VBDTestCase(base.PoolTestCase):
    def setUp(self):
        super().setUp()
        self.load()
        self.ref = self.vm()

    def vbd(self, vdi=None, device='autodetect', **fields):
        record = records.vbd(self.ref, vdi or self.disk(), device, **fields)
        return self.call('VBD.create', record)

    def refused_vbd(self, details, vdi, device='autodetect', **fields):
        record = records.vbd(self.ref, vdi, device, **fields)
        self.refused(details, 'VBD.create', record)

    def test_devices(self):
        for device, expected in (('0', '0'), ('xvdc', 'xvdc')):
            row = self.row('VBD', self.vbd(device=device))
            self.assertEqual(expected, row['userdevice'])
        row = self.row('VBD', self.vbd())
        self.assertEqual('1', row['userdevice'])
        disk = self.disk()
        self.refused_vbd(['DEVICE_ALREADY_EXISTS', 'hdc'], disk, 'hdc')
        self.refused_vbd(['DEVICE_ALREADY_EXISTS', '2'], disk, '2')

    @ddt.data('16', 'xvdz', 'fun', '')
    def test_no_device(self, device):
        self.refused_vbd(['INVALID_DEVICE', device], self.disk(), device)

    def test_drives(self):
        disk = self.disk()
        self.refused_vbd(
            ['VBD_CDS_MUST_BE_READONLY'], disk, type='CD', mode='RW'
        )
        self.refused_vbd(
            ['VBD_NOT_REMOVABLE_MEDIA', 'in constructor'], NULL, type='Disk'
        )
        drive = self.vbd(NULL)
        self.refused(['VBD_IS_EMPTY', drive], 'VBD.eject', drive)
        self.call('VBD.insert', drive, disk)
        self.refused(['VBD_NOT_EMPTY', drive], 'VBD.insert', drive, disk)
        self.call('VBD.eject', drive)
        plain = self.vbd()
        self.refused(['VBD_NOT_REMOVABLE_MEDIA', plain], 'VBD.eject', plain)

    def test_disk_that_may_only_be_read(self):
        disk = self.disk(read_only=True)
        self.refused_vbd(['VDI_READONLY', disk], disk)
        vbd = self.vbd(disk, mode='RO')
        self.call('VBD.set_mode', vbd, 'RW')
        self.refused(['VDI_READONLY', disk], 'VBD.assert_attachable', vbd)

    def test_disk_that_is_never_attached(self):
        disk = self.disk(type='redo_log')
        self.refused_vbd(['VDI_INCOMPATIBLE_TYPE', disk, 'redo_log'], disk)

    def test_unknown_disk(self):
        self.refused_vbd(['HANDLE_INVALID', 'VDI', 'x'], 'x')

    def test_used_twice(self):
        disk = self.disk()
        self.vbd(disk)
        other = self.vm('other')
        self.call('VBD.create', records.vbd(other, disk))
        self.start(self.ref)
        self.refused(
            ['VDI_IN_USE', disk],
            'VM.start_on', other, self.named('host', 'h1'), False, False,
        )  # fmt: skip

    def test_plug_and_unplug(self):
        vbd = self.vbd()
        self.refused(
            ['VM_BAD_POWER_STATE', self.ref, 'running', 'halted'],
            'VBD.plug', vbd,
        )  # fmt: skip
        self.start(self.ref)
        self.refused(['DEVICE_ALREADY_ATTACHED', vbd], 'VBD.plug', vbd)
        uuids = self.row('VBD', vbd)['uuid'], self.row('VM', self.ref)['uuid']
        self.refused(
            [
                'OPERATION_NOT_ALLOWED',
                "VBD '{}' still attached to '{}'".format(*uuids),
            ],
            'VBD.destroy', vbd,
        )  # fmt: skip
        self.call('VBD.unplug', vbd)
        self.refused(['DEVICE_ALREADY_DETACHED', vbd], 'VBD.unplug', vbd)
        self.call('VBD.plug', vbd)
        self.call('VBD.unplug_force', vbd)
        self.call('VBD.destroy', vbd)

    def test_what_can_not_be_plugged(self):
        fixed, drive = self.vbd(unpluggable=False), self.vbd(NULL)
        self.start(self.ref)
        self.refused(['VBD_NOT_UNPLUGGABLE', fixed], 'VBD.unplug', fixed)
        self.refused(
            [
                'OPERATION_NOT_ALLOWED',
                'HVM CDROMs cannot be hotplugged/unplugged, only inserted '
                'or ejected',
            ],
            'VBD.unplug', drive,
        )  # fmt: skip

    def test_without_tools(self):
        self.pool.settings.guest_tools = False
        self.start(self.ref)
        vbd = self.vbd()
        self.refused(['VM_MISSING_PV_DRIVERS', self.ref], 'VBD.plug', vbd)
