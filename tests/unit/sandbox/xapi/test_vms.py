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


@ddt.ddt
class VMTestCase(base.PoolTestCase):
    def setUp(self):
        super().setUp()
        self.load()
        self.ref = self.vm()

    def test_disks_outlive_their_vm(self):
        disk = self.disk()
        vbd = self.call('VBD.create', records.vbd(self.ref, disk))
        self.call('VM.destroy', self.ref)
        self.assertFalse(self.pool.db.has('VBD', vbd))
        self.assertEqual([], self.row('VDI', disk)['VBDs'])

    def test_clone(self):
        disk = self.disk()
        network = next(iter(self.pool.db.tables['network']))
        self.call('VBD.create', records.vbd(self.ref, disk))
        self.call('VIF.create', records.vif(self.ref, network))
        self.vgpu(self.ref, 'GRID K200')
        copy = self.row('VM', self.call('VM.clone', self.ref, 'copy'))
        (vbd,) = copy['VBDs']
        self.assertNotIn(self.row('VBD', vbd)['VDI'], (disk, NULL))
        self.assertEqual(1, len(copy['VIFs']))
        (vgpu,) = copy['VGPUs']
        self.assertEqual(
            self.type('GRID K200'), self.row('VGPU', vgpu)['type']
        )
        self.assertEqual('copy', copy['name_label'])

    def test_kind_of_domain(self):
        for policy, kind in (('', 'pv'), ('BIOS order', 'hvm')):
            self.call('VM.set_HVM_boot_policy', self.ref, policy)
            self.assertEqual(kind, self.row('VM', self.ref)['domain_type'])
        self.call('VM.set_domain_type', self.ref, 'pv')
        self.assertEqual('', self.row('VM', self.ref)['HVM_boot_policy'])

    def test_processors(self):
        self.call('VM.set_VCPUs_max', self.ref, 4)
        self.call('VM.set_VCPUs_at_startup', self.ref, 3)
        self.refused(
            [
                'INVALID_VALUE',
                'VCPU values must satisfy: 0 < VCPUs_at_startup <= '
                'VCPUs_max',
                3,
            ],
            'VM.set_VCPUs_max', self.ref, 2,
        )  # fmt: skip

    @ddt.data(
        ('set_memory', 2**30),
        ('set_memory_limits', 0, 2**30, 2**20, 2**30),
        ('set_memory_static_range', 0, 2**30),
        ('set_memory_static_min', 0),
        ('set_memory_static_max', 2**31),
        ('set_memory_dynamic_range', 2**20, 2**21),
        ('set_memory_dynamic_min', 2**20),
        ('set_memory_dynamic_max', 2**29),
    )
    @ddt.unpack
    def test_memory(self, name, *sizes):
        self.call(f'VM.{name}', self.ref, *sizes)

    def test_memory_out_of_order(self):
        self.refused(
            ['MEMORY_CONSTRAINT_VIOLATION_ORDER'],
            'VM.set_memory_static_max', self.ref, 1,
        )  # fmt: skip

    def test_free_devices(self):
        self.call('VBD.create', records.vbd(self.ref, self.disk(), 'xvda'))
        devices = self.call('VM.get_allowed_VBD_devices', self.ref)
        self.assertEqual([str(one) for one in range(1, 16)], devices)
        self.assertIn('0', self.call('VM.get_allowed_VIF_devices', self.ref))

    def test_possible_hosts(self):
        self.assertEqual(
            [self.named('host', 'h1')],
            self.call('VM.get_possible_hosts', self.ref),
        )

    def test_is_it_allowed(self):
        self.call('VM.assert_operation_valid', self.ref, 'start')
        self.call('VM.update_allowed_operations', self.ref)
        self.refused(
            ['VM_BAD_POWER_STATE', self.ref, 'running', 'halted'],
            'VM.assert_operation_valid', self.ref, 'pause',
        )  # fmt: skip
