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

"""The driver tells the resource tracker what it starts and stops."""

from tests.unit.virt.xenapi import driver_base
from tests.unit.virt.xenapi.driver_base import REFUSED

K260Q = '0001:nvidia,11bf,,11b0,101b'


class BookkeepingTest(driver_base.DriverTestCase):
    def setUp(self):
        super().setUp()
        self.simulate()
        self.xen = self.driver()
        self.tracker = self.track(self.xen, None)
        self.told = self.tracker.note_residents
        self.gpu = self.gpu_instance(K260Q=1)

    def residents(self):
        """(owner, identifiers) of what was told last."""
        host, owner, residents = self.told.call_args.args
        self.assertEqual('h1', host)
        return owner, [resident.model for resident in residents]

    def test_each_start_and_each_stop(self):
        self.spawn(self.xen, self.gpu)
        self.assertEqual((self.gpu.uuid, [K260Q]), self.residents())
        self.xen.power_off(self.gpu)
        self.assertEqual((self.gpu.uuid, []), self.residents())
        self.xen.power_on(None, self.gpu, None)
        self.assertEqual((self.gpu.uuid, [K260Q]), self.residents())
        self.xen.destroy(None, self.gpu, None)
        self.assertEqual((self.gpu.uuid, []), self.residents())

    def test_start_without_vgpus_takes_no_calls(self):
        self.spawn(self.xen, self.instance())
        self.told.assert_not_called()

    def test_refusal(self):
        for number in range(4):
            self.start_foreign(K260Q, name=f'stranger {number}')
        self.assertRaises(REFUSED, self.spawn, self.xen, self.gpu)
        self.tracker.note_vgpu_refusal.assert_called_once_with()

    def test_refusal_by_xenserver(self):
        """Foreign VMs have come since the books were made."""
        self.tracker.vgpu_books.return_value = self.xen.present_books()
        for number in range(4):
            self.start_foreign(K260Q, name=f'stranger {number}')
        self.assertRaises(REFUSED, self.spawn, self.xen, self.gpu)
        self.tracker.note_vgpu_refusal.assert_called_once_with()
        self.assertIn(
            (None, 4),
            [
                (owner, len(residents))
                for _, owner, residents in (
                    call.args for call in self.told.call_args_list
                )
            ],
        )

    def test_start_counts_even_if_nobody_tells_where(self):
        self.spawn(self.xen, self.gpu)
        self.xen.power_off(self.gpu)
        self.told.reset_mock()
        self.simulator.faults.fail(
            'INTERNAL_ERROR', method='PGPU.get_all_records_where', nth=2
        )
        self.xen.power_on(None, self.gpu, None)
        self.told.assert_not_called()
        self.assertIn('Where vGPUs are now is not known', self.log.output)
