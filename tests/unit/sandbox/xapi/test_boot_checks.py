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

from nova_vgpu_ext.sandbox.xapi import memory
from nova_vgpu_ext.sandbox.xapi import outside
from nova_vgpu_ext.sandbox.xapi import records
from tests.unit.sandbox.xapi import base

A16 = 'Group of NVIDIA Corporation GA107GL [A16] GPUs'
TWO = {
    'hosts': [
        {'name': 'h1', 'cards': ['GRID K2']},
        {'name': 'h2', 'iommu': False, 'hvm': False, 'cards': ['GRID K2']},
    ],
    'storage': [{'name': 'only', 'hosts': ['h1']}],
    'networks': [
        {'name': 'all', 'bridge': 'xenbr0'},
        {'name': 'some', 'bridge': 'xenbr1', 'hosts': ['h1']},
        {'name': 'inner', 'bridge': 'xapi1', 'internal': True},
    ],
}


@ddt.ddt
class BootTestCase(base.PoolTestCase):
    def setUp(self):
        super().setUp()
        self.load(TWO)
        self.first = self.named('host', 'h1')
        self.second = self.named('host', 'h2')

    def refused_boot(self, details, vm, host):
        self.refused(details, 'VM.assert_can_boot_here', vm, host)
        self.refused(details, 'VM.start_on', vm, host, False, False)

    def test_nothing_in_the_way(self):
        self.call('VM.assert_can_boot_here', self.vm(), self.first)

    def test_host_not_live(self):
        uuid = self.row('host', self.second)['uuid']
        outside.take_offline(self.pool, uuid)
        self.refused_boot(['HOST_NOT_LIVE'], self.vm(), self.second)

    def test_host_disabled(self):
        self.call('host.disable', self.first, False)
        self.refused_boot(['HOST_DISABLED', self.first], self.vm(), self.first)
        self.call('host.enable', self.first)
        self.start(self.vm())

    def test_storage_elsewhere(self):
        vm = self.vm()
        self.call('VBD.create', records.vbd(vm, self.disk()))
        self.refused_boot(
            ['VM_REQUIRES_SR', vm, self.named('SR', 'only')], vm, self.second
        )

    def test_network_elsewhere(self):
        vm = self.vm(hvm=False)
        some = self.named('network', 'some')
        self.call('VIF.create', records.vif(vm, some))
        self.refused_boot(['VM_REQUIRES_NETWORK', vm, some], vm, self.second)

    def test_internal_network(self):
        vm = self.vm()
        inner = self.named('network', 'inner')
        self.call('VIF.create', records.vif(vm, inner))
        self.start(vm)

    def test_no_iommu(self):
        vm = self.vm('vm', 'passthrough')
        self.refused_boot(['VM_REQUIRES_IOMMU', self.second], vm, self.second)

    def test_vgpus_need_no_iommu(self):
        vm = self.vm('vm', 'GRID K200')
        self.refused_boot(['VM_HVM_REQUIRED', vm], vm, self.second)

    def test_no_device_model_for_a_gpu(self):
        vm = self.vm('vm', 'GRID K200', hvm=False)
        self.call('VM.assert_can_boot_here', vm, self.first)
        self.refused(
            ['FEATURE_REQUIRES_HVM', 'vGPU- and GPU-passthrough needs HVM'],
            'VM.start_on', vm, self.first, False, False,
        )  # fmt: skip

    def test_memory(self):
        vm = self.vm(memory_mib=70000)
        needed = memory.needed(self.pool.db, vm)
        free = self.call('host.compute_free_memory', self.first)
        self.refused_boot(
            ['HOST_NOT_ENOUGH_FREE_MEMORY', needed, free], vm, self.first
        )

    def test_memory_is_taken(self):
        before = self.call('host.compute_free_memory', self.first)
        vm = self.started()
        taken = 512 * 2**20 + self.call('VM.compute_memory_overhead', vm)
        after = self.call('host.compute_free_memory', self.first)
        self.assertEqual(before - taken, after)
        metrics = self.row('host', self.first)['metrics']
        self.assertEqual(
            after, self.row('host_metrics', metrics)['memory_free']
        )

    def test_processors(self):
        vm = self.vm(vcpus=17)
        self.refused_boot(['HOST_NOT_ENOUGH_PCPUS', 17, 16], vm, self.first)

    @ddt.data(
        ({'VCPUs_max': '0'}, ['INVALID_VALUE', 'VCPUs_max', 0]),
        (
            {'VCPUs_at_startup': '2'},
            [
                'VALUE_NOT_SUPPORTED',
                'VCPUs-at-startup',
                2,
                'value greater than VCPUs-max',
            ],
        ),
        (
            {'memory_dynamic_max': str(2**40)},
            ['MEMORY_CONSTRAINT_VIOLATION'],
        ),
    )
    @ddt.unpack
    def test_values(self, fields, details):
        self.refused_boot(details, self.vm('vm', **fields), self.first)

    def test_gpus_come_before_memory(self):
        vm = self.vm('vm', 'GRID K200', memory_mib=70000)
        for pgpu in self.pgpus():
            self.call('PGPU.set_enabled_VGPU_types', pgpu, [])
        self.refused_boot(
            [
                'VM_REQUIRES_VGPU',
                vm,
                self.named('GPU_group', base.K2),
                self.type('GRID K200'),
            ],
            vm,
            self.first,
        )

    def test_virtual_functions_pin_memory(self):
        self.shipped('modern')
        vm = self.vm('vm', 'NVIDIA A16-1Q', group=A16)
        self.call('VM.set_memory_dynamic_min', vm, 2**20)
        self.refused(
            ['MEMORY_CONSTRAINT_VIOLATION_MAXPIN', 'SRIOV vGPU'],
            'VM.start_on', vm, self.named('host', 'h1'), False, False,
        )  # fmt: skip
        self.start(vm, force=True)
