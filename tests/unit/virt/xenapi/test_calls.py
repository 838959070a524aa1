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


from tests.unit.virt.xenapi import call_counts

MOST = 10


class CallsTest(call_counts.CountingTestCase):
    """How many calls things take, whatever the size of the pool."""

    def refresh(self, driver):
        return self.calls_of(driver.get_available_resource, 'h1')

    def test_refresh(self):
        self.simulate(call_counts.SMALL)
        xen = self.driver()
        small = self.refresh(xen)
        books = xen.present_books()
        self.assertEqual((1, 1), (len(books.models), len(books.pgpus)))
        self.assertLessEqual(small.total(), MOST)
        self.simulate_big()
        xen = self.driver()
        self.assertEqual(small, self.refresh(xen))
        books = xen.present_books()
        self.assertEqual((30, 8), (len(books.models), len(books.pgpus)))
        self.assertEqual(64, len(self.rows('PGPU')))

    def test_spawn(self):
        """A plain instance, and one with a claimed vGPU."""
        self.simulate()
        xen = self.driver()
        plain = self.calls_of(self.spawn, xen, self.instance()).total()
        self.assertLessEqual(plain, 16)
        gpu = self.gpu_instance(K260Q=1)
        self.claim(xen, gpu)
        # Where the vGPU has been put is asked for at the end.
        look = self.calls_of(xen.present_books).total()
        self.assertLessEqual(
            self.calls_of(self.spawn, xen, gpu).total(), plain + 3 + look
        )
