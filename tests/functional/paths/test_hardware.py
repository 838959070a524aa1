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

"""Cards that change under claims."""

from tests.functional.paths import drivers
from tests.functional.paths.models import K260Q
from tests.functional.paths.models import K262Q

WANTED = {K260Q: 1}
HERE = {'h1': [{K262Q: 1}]}


class HardwarePaths:
    """Changes of hardware under claims"""

    hosts = ('h1',)
    may_be_short = True

    def test_pulled(self):
        """A pGPU is pulled while instances hold vGPUs there; it comes back"""
        servers = [self.boot_with(WANTED) for _ in range(3)]
        (pgpu,) = self.places(servers[2])
        self.pull('h1', pgpu)
        # It can't run, but Nova keeps what it is owed.
        self.computes['h1'].manager._sync_power_states(self.ctxt)
        self._wait_for_state_change(servers[2], 'SHUTOFF')
        self.audit()
        self.keeps(servers[2], 'h1', WANTED)
        self.assertEqual(0, self.free('h1', K260Q))
        told = self.fails(servers[2], 'os-start', None, 'SHUTOFF')
        self.assertIn('not enough vGPUs', told)
        self.insert('h1', pgpu)
        self.audit()
        self.assertEqual(1, self.free('h1', K260Q))
        self.act(servers[2], 'os-start')
        self.holds(servers[2], 'h1', WANTED)

    def places(self, server):
        """pGPUs of a server's vGPUs."""
        return {p for owner, p, _ in self.held('h1') if owner == server['id']}

    def test_added(self):
        """A pGPU is added"""
        (pgpu,) = self.places(self.boot_with(WANTED))
        other = self.pull_another(pgpu)
        self.restart()
        self.assertEqual(1, self.free('h1', K260Q))
        self.insert('h1', other)
        self.audit()
        self.assertEqual(3, self.free('h1', K260Q))
        for _ in range(3):
            self.boot_with(WANTED)

    def pull_another(self, pgpu):
        (other,) = self.pgpus('h1', K260Q) - {pgpu}
        self.pull('h1', other)
        return other

    def test_disabled(self):
        """A model is disabled while an instance has a claim on it"""
        server = self.boot_with(WANTED)
        self.act(server, 'os-stop', status='SHUTOFF')
        self.keeps(server, 'h1', WANTED)
        self.disable('h1', K260Q)
        self.audit()
        self.assert_books()
        self.assertEqual(0, self.free('h1', K260Q))
        told = self.fails(server, 'os-start', None, 'SHUTOFF')
        self.assertIn('not enough vGPUs', told)
        self.enable('h1', K260Q)
        self.audit()
        self.act(server, 'os-start')
        self.holds(server, 'h1', WANTED)

    def test_renamed(self):
        """A model gets another name while instances have claims on it"""
        running, stopped = self.boot_with(WANTED), self.boot_with(WANTED)
        self.act(stopped, 'os-stop', status='SHUTOFF')
        self.keeps(stopped, 'h1', WANTED)
        self.rename('h1', K260Q, K262Q)
        self.audit()
        self.assert_books()
        self.flags(model_aliases={K260Q: K262Q}, group='vgpus')
        self.restart()
        # From now on the flavor's model goes by its new name.
        self.expected.add(running['id'], HERE, HERE)
        self.expected.add(stopped['id'], HERE, {})
        self.assert_books()
        self.act(stopped, 'os-start')
        self.holds(stopped, 'h1', {K262Q: 1})
        self.act(running, 'reboot', {'type': 'HARD'})
        self.holds(running, 'h1', {K262Q: 1})
        self.assertEqual(2, self.free('h1', K262Q))


class FakeHardwareTest(HardwarePaths, drivers.FakeCase):
    pass


class XenServerHardwareTest(HardwarePaths, drivers.XenServerCase):
    pass
