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

"""What Nova does from time to time, and after things went wrong."""

import time

from tests.functional.xenapi import base


class PeriodicTest(base.XenServerTestCase):
    """An instance with a vGPU, on the only host."""

    def setUp(self):
        super().setUp()
        self.start_host()
        self.gpu = self.flavor({f'vgpus:{base.K260Q}': '1'})
        self.server = self.boot(self.gpu)
        self.compute = self.computes['h1'].manager

    def force_down(self, down):
        (service,) = self.admin_api.get_services(
            binary='nova-compute', host='h1'
        )
        self.admin_api.put_service_force_down(service['id'], down)

    def delete_without_compute(self):
        self.force_down(True)
        self._delete_server(self.server)
        self.force_down(False)

    def assert_all_gone(self):
        self.assertEqual({}, self.left_over())
        self.audit()
        self.assertEqual((), self.books('h1').residents)
        self.assertEqual(4, self.free('h1', base.K260Q))

    def test_vm_that_somebody_stops(self):
        ref, _ = self.vm_of(self.server)
        self.pool.call('VM.hard_shutdown', ref)
        self.compute._sync_power_states(self.ctxt)
        self._wait_for_state_change(self.server, 'SHUTOFF')
        self.audit()
        self.assertEqual(3, self.free('h1', base.K260Q))

    def test_instance_deleted_while_nova_compute_was_away(self):
        self.delete_without_compute()
        self.assertEqual(1, self.left_over()['VM'])
        self.compute._cleanup_running_deleted_instances(self.ctxt)
        self.assert_all_gone()

    def test_the_same_where_nova_compute_starts_again(self):
        self.delete_without_compute()
        self.restart_compute_service(self.computes['h1'])
        self.audit()
        self.assert_all_gone()

    def test_disk_of_an_instance_that_is_gone(self):
        self.delete_without_compute()
        ref, _ = self.vm_of(self.server)
        self.pool.call('VM.hard_shutdown', ref)
        self.pool.call('VM.destroy', ref)
        self.assertEqual({'VDI': 1}, self.left_over())
        self.restart_compute_service(self.computes['h1'])
        self.audit()
        self.assert_all_gone()

    def test_host_that_is_cut_off_while_an_instance_is_deleted(self):
        self.simulator.faults.cut_off()
        self.api.delete_server(self.server['id'])
        self._wait_for_state_change(self.server, 'ERROR')
        self.assertIn('hypervisor', self.fault_of(self.server))
        self.simulator.faults.clear()
        self.api.delete_server(self.server['id'])
        self._wait_until_deleted({**self.server, 'status': 'ERROR'})
        self.assert_all_gone()


class TwoHostsTest(base.XenServerTestCase):
    def setUp(self):
        super().setUp()
        self.simulate(
            {
                'hosts': [
                    {'name': name, 'cards': ['GRID K2']}
                    for name in ('h1', 'h2')
                ],
                'storage': [{'name': 'shared', 'type': 'nfs'}],
            }
        )
        self.start_host('h1', running_timeout=3)
        self.start_host('h2', running_timeout=3)

    def test_vm_that_is_made_late(self):
        """The build has gone on to another host meanwhile."""
        self.simulator.faults.delay(6, 'VM.create')
        server = self.boot(self.flavor({f'vgpus:{base.K260Q}': '1'}))
        while self.simulator.calls.going_on:
            time.sleep(0.1)
        self.assertEqual(2, self.left_over()['VM'])
        self.audit()
        self.assertEqual(
            {'VM': 1, 'VDI': 1, 'VBD': 1, 'VGPU': 1}, self.left_over()
        )
        self.assertEqual('Running', self.vm_of(server)[1]['power_state'])
