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


from nova_vgpu_ext.sandbox.xapi import records
from tests.unit.virt.xenapi import driver_base

CARDS = ['GRID K1', 'GRID K2', 'GRID K2']  # eight pGPUs
BIG = {
    'hosts': [{'name': f'h{n}', 'cards': CARDS} for n in range(1, 9)],
    'storage': [{'name': 'shared', 'type': 'nfs'}],
}


class CallsTest(driver_base.DriverTestCase):
    """How many calls things take, whatever the size of the pool."""

    def refresh(self, driver):
        self.simulator.calls.clear()
        driver.get_available_resource('h1')
        return sorted(call.method for call in self.simulator.calls)

    def test_refresh(self):
        self.simulate()
        small = self.refresh(self.driver())
        self.assertLessEqual(len(small), 10)
        self.simulate(BIG)
        for number in range(100):
            self.pool.call('VM.create', records.vm(f'vm {number}', 64))
        big = self.driver()
        for number in range(8):
            self.spawn(big, self.gpu_instance(f'gpu{number}', K260Q=1))
        self.assertEqual(small, self.refresh(big))

    def test_spawn(self):
        """A plain instance, and one with a claimed vGPU."""
        self.simulate()
        xen = self.driver()
        self.spawn(xen, self.instance())
        plain = len(self.simulator.calls)
        self.assertLessEqual(plain, 16)
        books = xen.present_books()
        xen.vgpu_books = lambda node: books
        self.simulator.calls.clear()
        self.spawn(xen, self.gpu_instance(K260Q=1))
        self.assertLessEqual(len(self.simulator.calls), plain + 3)
