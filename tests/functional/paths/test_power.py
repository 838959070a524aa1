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

"""Instances that stop, start, pause and are rebuilt, where they are."""

from tests.functional.paths import drivers
from tests.functional.paths.models import A16_4Q
from tests.functional.paths.models import A16_16Q
from tests.functional.paths.models import K200
from tests.functional.paths.models import K260Q
from tests.functional.paths.refusals import refused


class PowerPaths:
    """Power states"""

    def test_stop_and_start(self):
        """Stop, start"""
        server = self.boot_with({K260Q: 1})
        self.act(server, 'os-stop', status='SHUTOFF')
        self.keeps(server, 'h1', {K260Q: 1})
        self.assert_audit_changes_nothing()
        self.act(server, 'os-start')
        self.holds(server, 'h1', {K260Q: 1})

    def test_reboot(self):
        """Reboot, soft and hard, of a running and of a stopped instance"""
        server = self.boot_with({K260Q: 1})
        neighbour = self.boot_with({K200: 1})
        for kind in ('SOFT', 'HARD'):
            self.act(server, 'reboot', {'type': kind})
            self.holds(server, 'h1', {K260Q: 1})
        self.act(neighbour, 'os-stop', status='SHUTOFF')
        self.keeps(neighbour, 'h1', {K200: 1})
        self.act(neighbour, 'reboot', {'type': 'HARD'})
        self.holds(neighbour, 'h1', {K200: 1})

    def test_pause(self):
        """Pause, unpause"""
        server = self.boot_with({A16_4Q: 1})
        self.act(server, 'pause', status='PAUSED')
        self.holds(server, 'h1', {A16_4Q: 1})
        self.act(server, 'unpause')
        self.holds(server, 'h1', {A16_4Q: 1})

    @refused('The XenServer driver can not suspend instances yet.')
    def test_suspend(self):
        """Suspend, resume"""
        server = self.boot_with({K260Q: 1})
        self.act(server, 'suspend', status='SUSPENDED')
        self.keeps(server, 'h1', {K260Q: 1})
        self.assert_audit_changes_nothing()
        self.act(server, 'resume')
        self.holds(server, 'h1', {K260Q: 1})

    def test_rescue(self):
        """Rescue, unrescue"""
        server = self.boot_with({K260Q: 1})
        self.act(server, 'rescue', {'adminPass': 'x'}, 'RESCUE')
        self.holds(server, 'h1', {K260Q: 1})
        self.act(server, 'unrescue')
        self.holds(server, 'h1', {K260Q: 1})

    def test_rebuild(self):
        """Rebuild from the same image and from another, on a full host"""
        server = self.boot_with({A16_16Q: 4})
        for image in (self.image, self.another_image):
            self.act(server, 'rebuild', {'imageRef': image})
            self.holds(server, 'h1', {A16_16Q: 4})
        self.act(server, 'os-stop', status='SHUTOFF')
        self.keeps(server, 'h1', {A16_16Q: 4})
        self.act(server, 'rebuild', {'imageRef': self.image}, 'SHUTOFF')
        self.keeps(server, 'h1', {A16_16Q: 4})

    def test_crash(self):
        """Its VM ends by itself: Nova stops it"""
        server = self.boot_with({K260Q: 1})
        self.crash(server, 'h1')
        self.computes['h1'].manager._sync_power_states(self.ctxt)
        self._wait_for_state_change(server, 'SHUTOFF')
        self.audit()
        self.keeps(server, 'h1', {K260Q: 1})
        self.act(server, 'os-start')
        self.holds(server, 'h1', {K260Q: 1})


class FakePowerTest(PowerPaths, drivers.FakeCase):
    pass


class XenServerPowerTest(PowerPaths, drivers.XenServerCase):
    pass
