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

import threading
import time

import ddt

from nova_vgpu_ext.sandbox.xapi import outside
from nova_vgpu_ext.sandbox.xapi import records
from nova_vgpu_ext.sandbox.xapi.failure import Failure
from nova_vgpu_ext.sandbox.xapi.signatures import NULL
from tests.unit.sandbox.xapi import base

A16 = 'Group of NVIDIA Corporation GA107GL [A16] GPUs'


@ddt.ddt
class LifeTestCase(base.PoolTestCase):
    def setUp(self):
        super().setUp()
        self.load()

    def state(self, vm):
        return self.row('VM', vm)['power_state']

    def test_new(self):
        vm = self.vm()
        row = self.row('VM', vm)
        self.assertEqual('Halted', row['power_state'])
        self.assertEqual(NULL, row['resident_on'])
        self.assertEqual('hvm', row['domain_type'])
        self.assertIn('mac_seed', row['other_config'])
        self.assertIn('start_on', row['allowed_operations'])
        self.assertNotIn('pause', row['allowed_operations'])

    def test_running(self):
        vm = self.vm('vm', 'GRID K200')
        vbd = self.call('VBD.create', records.vbd(vm, self.disk()))
        self.start(vm)
        row = self.row('VM', vm)
        self.assertEqual('Running', row['power_state'])
        self.assertEqual(self.named('host', 'h1'), row['resident_on'])
        self.assertEqual({}, row['current_operations'])
        self.assertIn('clean_shutdown', row['allowed_operations'])
        self.assertEqual('xvda', self.row('VBD', vbd)['device'])
        self.assertTrue(self.row('VBD', vbd)['currently_attached'])
        protocols = {
            self.row('console', console)['protocol']
            for console in row['consoles']
        }
        self.assertEqual({'rfb', 'vt100'}, protocols)
        metrics = self.row('VM_metrics', row['metrics'])
        self.assertEqual('hvm', metrics['current_domain_type'])

    def test_halted_again(self):
        before = self.pool.snapshot()
        vm = self.started('vm', 'GRID K200')
        self.call('VM.clean_shutdown', vm)
        (vgpu,) = self.row('VM', vm)['VGPUs']
        self.assertEqual(NULL, self.row('VGPU', vgpu)['resident_on'])
        self.assertFalse(self.row('VGPU', vgpu)['currently_attached'])
        self.assertEqual([], self.row('VM', vm)['consoles'])
        self.call('VM.destroy', vm)
        after = self.pool.snapshot()
        self.assertEqual(before['host_metrics'], after['host_metrics'])
        self.assertEqual(before.keys(), after.keys())
        for table in before:
            self.assertEqual(before[table].keys(), after[table].keys(), table)

    def test_reboot_keeps_the_place(self):
        vm = self.started('vm', 'GRID K200')
        places, domain = self.places(vm), self.row('VM', vm)['domid']
        self.call('VM.clean_reboot', vm)
        self.call('VM.hard_reboot', vm)
        self.assertEqual(places, self.places(vm))
        self.assertLess(domain, self.row('VM', vm)['domid'])

    def test_pause_keeps_the_place(self):
        vm = self.started('vm', 'GRID K200')
        places = self.places(vm)
        self.call('VM.pause', vm)
        self.assertEqual('Paused', self.state(vm))
        self.assertEqual(places, self.places(vm))
        self.call('VM.unpause', vm)
        self.assertEqual('Running', self.state(vm))

    def test_start_paused(self):
        vm = self.vm()
        self.start(vm, paused=True)
        self.assertEqual('Paused', self.state(vm))

    @ddt.data(
        ('VM.start_on', 'halted', 'running', NULL, False, False),
        ('VM.start', 'halted', 'running', False, False),
        ('VM.unpause', 'paused', 'running'),
        ('VM.resume', 'suspended', 'running', False, False),
        ('VM.destroy', 'halted, suspended', 'running'),
        ('VM.set_VCPUs_max', 'halted', 'running', 2),
        ('VM.set_memory', 'halted', 'running', 2**30),
        ('VM.set_is_a_template', 'halted', 'running', True),
    )
    @ddt.unpack
    def test_not_while_it_runs(self, method, expected, actual, *rest):
        vm = self.started()
        self.refused(
            ['VM_BAD_POWER_STATE', vm, expected, actual], method, vm, *rest
        )

    @ddt.data(
        ('VM.clean_shutdown', 'running'),
        ('VM.clean_reboot', 'running'),
        ('VM.hard_reboot', 'paused, running'),
        ('VM.hard_shutdown', 'paused, suspended, running'),
        ('VM.pause', 'running'),
        ('VM.suspend', 'running'),
    )
    @ddt.unpack
    def test_not_while_it_is_halted(self, method, expected):
        vm = self.vm()
        self.refused(
            ['VM_BAD_POWER_STATE', vm, expected, 'halted'], method, vm
        )

    def test_without_tools(self):
        self.load({**base.ONE_K2, 'guest_tools': False})
        vm = self.started()
        self.refused(['VM_LACKS_FEATURE', vm, ''], 'VM.clean_shutdown', vm)
        self.refused(['VM_LACKS_FEATURE', vm, ''], 'VM.suspend', vm)
        self.call('VM.hard_shutdown', vm)

    def test_shutdown_as_it_can(self):
        vm = self.started()
        self.call('VM.shutdown', vm)
        self.assertEqual('Halted', self.state(vm))

    def test_template(self):
        vm = self.vm()
        self.call('VM.set_is_a_template', vm, True)
        self.refused(
            ['VM_IS_TEMPLATE', vm, 'start_on'],
            'VM.start_on', vm, NULL, False, False,
        )  # fmt: skip
        copy = self.call('VM.clone', vm, 'copy')
        self.start(copy)

    def test_control_domain(self):
        (control,) = self.pool.db.find('VM', is_control_domain=True)
        self.refused(
            [
                'OPERATION_NOT_ALLOWED',
                'This operation is not allowed on a control domain',
            ],
            'VM.hard_shutdown', control,
        )  # fmt: skip

    def test_blocked(self):
        vm = self.vm()
        self.call('VM.add_to_blocked_operations', vm, 'start_on', 'hands off')
        self.refused(
            ['OPERATION_BLOCKED', vm, 'hands off'],
            'VM.start_on', vm, NULL, False, False,
        )  # fmt: skip

    def test_two_starts_at_once(self):
        self.pool.settings.start_seconds = 1.0
        vm = self.vm('vm', 'GRID K200')
        thread = threading.Thread(target=self.start, args=(vm,))
        thread.start()
        (vgpu,) = self.row('VM', vm)['VGPUs']
        while self.row('VGPU', vgpu)['scheduled_to_be_resident_on'] == NULL:
            time.sleep(0.01)
        failure = self.assertRaises(Failure, self.start, vm)
        self.assertEqual('OTHER_OPERATION_IN_PROGRESS', failure.code)
        self.assertEqual(NULL, self.row('VGPU', vgpu)['resident_on'])
        thread.join()
        self.assertEqual('Running', self.state(vm))

    def test_crash(self):
        vm = self.started('vm', 'GRID K200')
        outside.crash(self.pool, vm)
        self.assertEqual('Halted', self.state(vm))
        self.assertEqual([NULL], self.places(vm))

    def test_host_reboots(self):
        vm = self.started('vm', 'GRID K200')
        host = self.row('host', self.named('host', 'h1'))
        outside.reboot(self.pool, host['uuid'])
        self.assertEqual('Halted', self.state(vm))
        (control,) = self.pool.db.find('VM', is_control_domain=True)
        self.assertEqual('Running', self.state(control))

    def test_lost_host(self):
        self.shipped('k1-k2')
        vm = self.started('vm', host='h2')
        host = self.named('host', 'h2')
        self.refused(['HOST_IS_LIVE', host], 'VM.power_state_reset', vm)
        outside.take_offline(self.pool, self.row('host', host)['uuid'])
        self.assertEqual('Running', self.state(vm))
        self.call('VM.power_state_reset', vm)
        self.assertEqual('Halted', self.state(vm))

    # Suspension

    def test_suspended(self):
        self.shipped('modern')
        vm = self.started('vm', 'NVIDIA A16-1Q', group=A16)
        self.call('VM.suspend', vm)
        row = self.row('VM', vm)
        self.assertEqual('Suspended', row['power_state'])
        self.assertEqual([NULL], self.places(vm))
        self.assertTrue(self.pool.db.has('VDI', row['suspend_VDI']))
        self.call('VM.resume_on', vm, self.named('host', 'h1'), False, False)
        self.assertEqual('Running', self.state(vm))
        self.assertFalse(self.pool.db.has('VDI', row['suspend_VDI']))
        self.assertNotEqual([NULL], self.places(vm))

    def test_suspended_vm_that_is_given_up(self):
        vm = self.started()
        self.call('VM.suspend', vm)
        self.call('VM.hard_shutdown', vm)
        self.assertEqual([], self.pool.db.find('VDI', type='suspend'))

    def test_no_place_to_come_back_to(self):
        self.shipped('modern')
        vm = self.started('vm', 'NVIDIA A16-16Q', group=A16)
        self.call('VM.suspend', vm)
        for number in range(4):
            self.started(f'vm{number}', 'NVIDIA A16-16Q', group=A16)
        self.refused(['NO_HOSTS_AVAILABLE'], 'VM.resume', vm, False, False)
        self.assertEqual('Suspended', self.state(vm))

    def test_vgpus_that_can_not_be_suspended(self):
        vm = self.started('vm', 'GRID K200')
        self.refused(['VM_HAS_VGPU', vm], 'VM.suspend', vm)

    def test_card_that_can_not_be_suspended(self):
        vm = self.started('vm', 'passthrough')
        self.refused(['VM_HAS_PCI_ATTACHED', vm], 'VM.suspend', vm)

    def test_nowhere_to_suspend_to(self):
        vm = self.started()
        self.pool.db.write('pool', self.pool.ref, default_SR=NULL)
        self.refused(['VM_NO_SUSPEND_SR', vm], 'VM.suspend', vm)


class DevicesTestCase(base.PoolTestCase):
    """The PCI functions behind vGPUs."""

    def test_passthrough(self):
        self.load()
        vm = self.started('vm', 'passthrough')
        (pgpu,) = self.places(vm)
        pci = self.row('PGPU', pgpu)['PCI']
        self.assertEqual([pci], self.row('VM', vm)['attached_PCIs'])
        self.call('VM.hard_shutdown', vm)
        self.assertEqual([], self.row('PCI', pci)['attached_VMs'])

    def test_virtual_functions(self):
        self.shipped('modern')
        first = self.started('a', 'NVIDIA A16-1Q', group=A16)
        second = self.started('b', 'NVIDIA A16-1Q', group=A16)
        self.assertEqual(self.places(first), self.places(second))
        addresses = [
            self.row('PCI', self.row('VGPU', vgpu)['PCI'])['pci_id']
            for vm in (first, second)
            for vgpu in self.row('VM', vm)['VGPUs']
        ]
        self.assertEqual(['00.1', '00.2'], [one[-4:] for one in addresses])
        self.call('VM.hard_shutdown', first)
        self.start(first)
        (vgpu,) = self.row('VM', first)['VGPUs']
        function = self.row('VGPU', vgpu)['PCI']
        self.assertEqual(addresses[0], self.row('PCI', function)['pci_id'])
