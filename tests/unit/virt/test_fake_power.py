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

import os
from unittest import mock

import ddt
from nova import exception
from nova.compute import power_state

from tests.unit.virt import base
from tests.unit.virt import driver_base
from tests.unit.virt.driver_base import REFUSED


@ddt.ddt
class PowerTest(driver_base.FakeDriverTestCase):
    def setUp(self):
        super().setUp()
        self.compute = self.driver()
        self.one = self.instance('one', K260Q=2)
        self.spawn(self.compute, self.one)

    def assert_now(self, state, free):
        self.assertEqual(state, self.state(self.compute, self.one))
        self.assertEqual(free, self.free(self.compute)['GRID K260Q'])

    def test_off_and_on(self):
        self.compute.power_off(self.one)
        self.assert_now(power_state.SHUTDOWN, 4)
        share = mock.Mock()
        self.compute.power_on(None, self.one, None, share_info=[share])
        self.assert_now(power_state.RUNNING, 2)
        share.activate.assert_called_once_with()
        self.compute.power_on(None, self.one, None)
        self.assert_now(power_state.RUNNING, 2)

    def test_on_without_room(self):
        self.compute.power_off(self.one)
        self.compute.hypervisor.start_vm(
            'x', [(base.K2_PASSTHROUGH, base.K2_GROUP)] * 2, foreign=True
        )
        self.assertRaises(REFUSED, self.compute.power_on, None, self.one, None)
        self.assertEqual(
            power_state.SHUTDOWN, self.state(self.compute, self.one)
        )

    def test_pause(self):
        self.compute.pause(self.one)
        self.assert_now(power_state.PAUSED, 2)
        self.compute.unpause(self.one)
        self.assert_now(power_state.RUNNING, 2)

    def test_suspend(self):
        self.compute.suspend(None, self.one)
        self.assert_now(power_state.SUSPENDED, 4)
        self.compute.resume(None, self.one, None)
        self.assert_now(power_state.RUNNING, 2)

    def test_soft_delete(self):
        self.compute.soft_delete(self.one)
        self.assert_now(power_state.SHUTDOWN, 4)
        self.compute.restore(self.one)
        self.assert_now(power_state.RUNNING, 2)

    def reboot(self, kind):
        self.compute.reboot(None, self.one, None, kind)
        return [event['event'] for event in self.compute.hypervisor.events()]

    def test_soft_reboot_keeps_the_place(self):
        self.assertEqual(['connect', 'start'], self.reboot('SOFT'))

    def test_hard_reboot_starts_anew(self):
        self.assertEqual(
            ['connect', 'start', 'stop', 'start'], self.reboot('HARD')
        )
        self.assert_now(power_state.RUNNING, 2)

    @ddt.data('SOFT', 'HARD')
    def test_reboot_of_paused(self, kind):
        self.compute.pause(self.one)
        self.reboot(kind)
        self.assert_now(power_state.RUNNING, 2)

    def test_reboot_of_lost_vm(self):
        self.compute._test_remove_vm(self.one.uuid)
        self.assertRaises(exception.InstanceNotFound, self.reboot, 'SOFT')
        self.reboot('HARD')
        self.assert_now(power_state.RUNNING, 2)

    def test_rescue(self):
        self.compute.rescue(None, self.one, None, None, None, None, None)
        self.assert_now(power_state.RUNNING, 2)
        self.compute.unrescue(None, self.one)
        self.assert_now(power_state.RUNNING, 2)

    def test_restart_of_nova_compute(self):
        halted = self.instance('halted', K260Q=2)
        self.spawn(self.compute, halted)
        self.compute.power_off(halted)
        self.compute = self.driver()
        self.assert_now(power_state.RUNNING, 2)
        self.assertEqual(
            power_state.SHUTDOWN, self.state(self.compute, halted)
        )
        self.assertEqual(2, self.compute.get_num_instances())

    def test_host_reboot(self):
        self.compute.hypervisor.wipe()
        self.compute = self.driver()
        self.assert_now(power_state.SHUTDOWN, 4)
        self.compute.resume_state_on_host_boot(None, self.one, None, None)
        self.assert_now(power_state.RUNNING, 2)

    def test_host_lost_its_vms(self):
        os.remove(os.path.join(self.directory, 'fake-vgpus-h1.json'))
        self.compute = self.driver()
        self.assertRaises(
            exception.InstanceNotFound, self.compute.get_info, self.one
        )
        self.compute.resume_state_on_host_boot(None, self.one, None, None)
        self.assert_now(power_state.RUNNING, 2)

    def test_crash(self):
        self.compute.hypervisor.crash_vm(self.one.uuid)
        self.assert_now(power_state.CRASHED, 4)

    @ddt.data('power_off', 'pause', 'unpause', 'get_info', 'soft_delete')
    def test_unknown_instance(self, method):
        self.assertRaises(
            exception.InstanceNotFound,
            getattr(self.compute, method),
            self.instance('unknown'),
        )
