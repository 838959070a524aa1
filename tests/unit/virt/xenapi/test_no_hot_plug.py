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


"""VGPUs are made and removed while their VM is halted, and never else."""

from tests.unit.virt.xenapi import driver_base

K260Q = '0001:nvidia,11bf,,11b0,101b'
TWO_GROUPS = {
    'hosts': [
        {
            'name': 'h1',
            'cards': [
                {'card': 'GRID K2', 'group': 'a'},
                {'card': 'GRID K2', 'group': 'b'},
            ],
        }
    ]
}


class NoHotPlugTest(driver_base.DriverTestCase):
    def setUp(self):
        super().setUp()
        self.simulate(TWO_GROUPS)
        self.xen = self.driver()
        self.gpu = self.gpu_instance(K260Q=1)
        self.spawn(self.xen, self.gpu)

    def power_on(self):
        self.xen.power_on(None, self.gpu, None)

    def fill_group(self):
        """Leave the instance no place where it was."""
        ((_, group),) = self.vgpus()
        for number in range(4):
            self.start_foreign(K260Q, group, f'stranger {number}')
        return group

    def gpu_calls(self):
        """[(method, outcome, whether the VM ran)] of those that change."""
        found, runs = [], False
        for call in self.simulator.calls:
            if call.method in ('VM.start_on', 'VM.hard_shutdown'):
                runs = call.method == 'VM.start_on'
            elif call.method in ('VGPU.create', 'VGPU.destroy'):
                found.append((call.method, call.outcome, runs))
        return found

    def test_running_vm_keeps_what_it_has(self):
        made = [('VGPU.create', 'Success', False)]
        self.assertEqual(made, self.gpu_calls())
        self.xen.reboot(None, self.gpu, None, 'SOFT')
        self.xen.pause(self.gpu)
        self.xen.unpause(self.gpu)
        self.power_on()
        image = self.image(bytes(1 << 20))
        self.xen.rescue(None, self.gpu, None, image, 'password', None, None)
        self.xen.unrescue(None, self.gpu)
        self.assertEqual(made, self.gpu_calls())

    def test_change_waits_until_the_vm_is_halted(self):
        self.xen.power_off(self.gpu)
        former = self.fill_group()
        self.power_on()
        self.assertEqual(
            [
                ('VGPU.create', 'Success', False),
                ('VGPU.destroy', 'Success', False),
                ('VGPU.create', 'Success', False),
            ],
            self.gpu_calls(),
        )
        self.assertNotIn(('GRID K260Q', former), self.vgpus())
