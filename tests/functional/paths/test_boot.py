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

"""How instances come to their vGPUs."""

from tests.functional.paths import drivers
from tests.functional.paths.models import A16_4Q
from tests.functional.paths.models import A16_16Q
from tests.functional.paths.models import K200
from tests.functional.paths.models import K240Q
from tests.functional.paths.models import K260Q
from tests.functional.paths.refusals import Refused
from tests.functional.paths.refusals import refused

NOT_ENOUGH = 'Insufficient compute resources: not enough vGPUs:'


class BootPaths:
    """Boot"""

    def test_boot(self):
        """Boot instances with different models of one card"""
        servers = [self.boot_with({K200: 1}), self.boot_with({K260Q: 1})]
        self.assert_free('h1', {K200: 7, K240Q: 0, K260Q: 1})
        for server in servers:
            self.delete(server)
        self.assert_free('h1', {K200: 16, K240Q: 8, K260Q: 4})

    def boot_forced(self, wanted):
        """Boot on h1 in such a way that nobody but nova-compute is asked."""
        with self.hasty_scheduler():
            return self.boot_with(wanted, None, availability_zone='nova:h1')

    def assert_free(self, host, free):
        self.assertEqual(
            free, {model: self.free(host, model) for model in free}
        )

    def test_multi_create(self):
        """Boot several instances in one request, over two hosts"""
        self.post({K260Q: 1}, min_count=6, max_count=6)
        for server in self.api.get_servers():
            self._wait_for_state_change(server, 'ACTIVE')
            here = {self.host_of(server): [{K260Q: 1}]}
            self.expected.add(server['id'], here, here)
        self.assert_books()
        self.post({K260Q: 1}, min_count=3, max_count=3)
        failed = {'status': 'ERROR'}
        self.wait(lambda: len(self.api.get_servers(search_opts=failed)) == 3)
        self.assert_books()
        self.assert_audit_changes_nothing()

    def test_several_pgpus(self):
        """Boot an instance with vGPUs of several pGPUs of a card"""
        self.delete(self.boot_with({A16_16Q: 3}))

    @refused(f'{NOT_ENOUGH} 2 x GRID K260Q.')
    def test_several_of_a_pgpu(self):
        """Boot an instance with several vGPUs of one pGPU"""
        self.delete(self.boot_forced({K260Q: 2}))

    @refused(f'{NOT_ENOUGH} 1 x GRID K260Q, 2 x NVIDIA A16-4Q.')
    def test_several_cards(self):
        """Boot an instance with vGPUs of several cards"""
        self.delete(self.boot_forced({K260Q: 1, A16_4Q: 2}))

    def test_build_goes_on(self):
        """A build fails on one host, and goes on to the next"""
        self.boot_with({K200: 1}, 'h1')
        with self.failing('h1', 'spawn'):
            server = self.boot_with({K200: 1}, None)
        self.assertEqual('h2', self.host_of(server))

    def test_no_room(self):
        """No room: the claim is refused; the instance is deleted"""
        self.boot_with({A16_16Q: 4})
        error = self.assertRaises(Refused, self.boot_forced, {A16_16Q: 1})
        self.assertEqual(f'{NOT_ENOUGH} 1 x NVIDIA A16-16Q.', error.sentence)
        self.assert_audit_changes_nothing()
        for server in self.api.get_servers():
            self.delete(server)

    def test_foreign(self):
        """The place was just taken by a VM that isn't Nova's"""
        for number in range(4):
            self.start_foreign('h1', A16_16Q, f'desktop {number}')
        error = self.assertRaises(Refused, self.boot_forced, {A16_16Q: 1})
        self.assertIn('NVIDIA A16-16Q', error.sentence)
        self.assert_audit_changes_nothing()
        self.assertEqual(0, self.free('h1', A16_16Q))
        self.stop_foreign('h1')
        self.audit()
        self.boot_with({A16_16Q: 1})


class FakeBootTest(BootPaths, drivers.FakeCase):
    pass


class XenServerBootTest(BootPaths, drivers.XenServerCase):
    pass
