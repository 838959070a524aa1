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

from nova_vgpu_ext.sandbox.xapi.signatures import NULL
from tests.unit.sandbox.xapi import base

MULTI = {'hosts': [{'name': 'h1', 'cards': ['NVIDIA A40']}]}
A40 = 'Group of NVIDIA Corporation GA102GL [A40] GPUs'


class VGPUTestCase(base.PoolTestCase):
    def create(self, vm, group, device, vgpu_type):
        return 'VGPU.create', vm, group, device, {}, vgpu_type

    def test_wishes_hold_nothing(self):
        self.load()
        for number in range(10):
            self.vm(f'vm{number}', 'GRID K260Q')
        self.assertEqual(
            2,
            self.call(
                'PGPU.get_remaining_capacity',
                self.pgpus()[0],
                self.type('GRID K260Q'),
            ),
        )

    def test_only_for_halted_vms(self):
        self.load()
        vm = self.started()
        group = self.named('GPU_group', base.K2)
        self.refused(
            ['VM_BAD_POWER_STATE', vm, 'halted', 'running'],
            *self.create(vm, group, '0', NULL),
        )

    def test_no_type_is_passthrough(self):
        self.load()
        group = self.named('GPU_group', base.K2)
        vgpu = self.call('VGPU.create', self.vm(), group)
        row = self.row('VGPU', vgpu)
        self.assertEqual(self.type('passthrough'), row['type'])
        self.assertEqual('0', row['device'])

    def test_unknown_type(self):
        self.load()
        self.refused(
            ['INVALID_VALUE', 'type', 'OpaqueRef:x'],
            *self.create(self.vm(), NULL, '0', 'OpaqueRef:x'),
        )

    def test_second_that_does_not_go_with_the_first(self):
        self.load()
        vm = self.vm('vm', 'GRID K200')
        small = self.type('GRID K200')
        self.refused(
            ['VGPU_TYPE_NOT_COMPATIBLE', small],
            *self.create(vm, NULL, '0', small),
        )

    def test_group_is_not_looked_at(self):
        self.load()
        vm = self.vm()
        vgpu = self.call(*self.create(vm, 'x', '0', self.type('GRID K200')))
        self.assertEqual('x', self.row('VGPU', vgpu)['GPU_group'])
        self.refused(
            ['VM_REQUIRES_VGPU', vm, 'x', self.type('GRID K200')],
            'VM.start_on', vm, self.named('host', 'h1'), False, False,
        )  # fmt: skip

    def test_devices(self):
        self.load(MULTI)
        vm, big = self.vm(), self.type('NVIDIA A40-48Q')
        for device in ('1', '0', '0'):
            self.call(*self.create(vm, NULL, device, big))
        found = [
            self.row('VGPU', vgpu)['device']
            for vgpu in self.row('VM', vm)['VGPUs']
        ]
        self.assertEqual(['1', '0', '2'], found)
        self.refused(
            ['DEVICE_ALREADY_EXISTS', '2'], *self.create(vm, NULL, '2', big)
        )
        self.refused(
            ['INVALID_DEVICE', '21'], *self.create(vm, NULL, '21', big)
        )
        for _ in range(18):
            self.call(*self.create(vm, NULL, '0', big))
        self.refused(['VM_PCI_BUS_FULL', vm], *self.create(vm, NULL, '0', big))

    def test_destroying_while_it_runs(self):
        self.load()
        vm = self.started('vm', 'GRID K200')
        (vgpu,) = self.row('VM', vm)['VGPUs']
        self.refused(
            [
                'OPERATION_NOT_ALLOWED',
                'vGPU currently attached to a running VM',
            ],
            'VGPU.destroy', vgpu,
        )  # fmt: skip
        self.call('VM.hard_shutdown', vm)
        self.call('VGPU.destroy', vgpu)
        self.assertEqual([], self.row('VM', vm)['VGPUs'])

    def test_no_licence_for_gpus(self):
        self.load({**base.ONE_K2, 'restricted': ['gpu']})
        self.refused(
            ['FEATURE_RESTRICTED'], *self.create(self.vm(), NULL, '0', NULL)
        )

    def test_no_licence_for_vgpus(self):
        self.shipped('unlicensed')
        vm = self.vm('vm', 'GRID K200')
        self.refused(
            ['LICENCE_RESTRICTION', 'VGPU'],
            'VM.start_on', vm, self.named('host', 'h1'), False, False,
        )  # fmt: skip
        (vgpu,) = self.row('VM', vm)['VGPUs']
        self.assertEqual(
            NULL, self.row('VGPU', vgpu)['scheduled_to_be_resident_on']
        )
        self.started('whole', 'passthrough')

    def test_old_release(self):
        self.shipped('old')
        vm = self.vm()
        group = self.named('GPU_group', base.K2)
        self.refused(
            ['MESSAGE_PARAMETER_COUNT_MISMATCH', 'VGPU.create', 2, 5],
            *self.create(vm, group, '0', NULL),
        )
        self.call('VGPU.create', vm, group, '0', {})
        self.start(vm)
        self.assertIn(*self.places(vm), self.pgpus())
