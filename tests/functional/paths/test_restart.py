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

"""What happens to hosts and to nova-compute, whatever instances do."""

from tests.functional.paths import drivers
from tests.functional.paths import test_resize
from tests.functional.paths import test_shelve
from tests.functional.paths.models import A16_16Q
from tests.functional.paths.models import K200
from tests.functional.paths.models import K260Q
from tests.functional.paths.refusals import Refused
from tests.functional.paths.refusals import refused

WANTED = {K200: 1}


class RestartPaths:
    """Restart of nova-compute, and a periodic run"""

    def assert_lasts(self):
        """Periodic runs and restarts leave all as it is."""
        self.assert_audit_changes_nothing()
        self.restart()
        self.assert_books()
        self.assert_audit_changes_nothing()

    def test_restart(self):
        """Restart while instances run, are stopped, paused, in rescue,
        soft-deleted, in ERROR or refused
        """
        self.flags(reclaim_instance_interval=3600)
        servers = [self.boot_with(WANTED) for _ in range(6)]
        _, stopped, paused, rescued, broken, soft = servers
        self.act(stopped, 'os-stop', status='SHUTOFF')
        self.keeps(stopped, 'h1', WANTED)
        self.act(paused, 'pause', status='PAUSED')
        self.act(rescued, 'rescue', {'adminPass': 'x'}, 'RESCUE')
        self.act(broken, 'os-resetState', {'state': 'error'}, 'ERROR')
        self.api.delete_server(soft['id'])
        self._wait_for_state_change(soft, 'SOFT_DELETED')
        self.keeps(soft, 'h1', WANTED)
        self.assertRaises(
            Refused,
            self.boot_with,
            {A16_16Q: 5},
            None,
            availability_zone='nova:h1',
        )
        self.assert_lasts()

    @refused('The XenServer driver can not suspend instances yet.')
    def test_suspended(self):
        """Restart while an instance is suspended"""
        server = self.boot_with(WANTED)
        self.act(server, 'suspend', status='SUSPENDED')
        self.keeps(server, 'h1', WANTED)
        self.assert_lasts()
        self.act(server, 'resume')
        self.holds(server, 'h1', WANTED)

    @test_resize.not_yet
    def test_resized(self):
        """Restart while a resize waits to be confirmed, or reverted"""
        new = {K260Q: 1}
        for action, host, wanted in (
            ('confirmResize', 'h2', new),
            ('revertResize', 'h1', WANTED),
        ):
            server = self.boot_with(WANTED)
            flavor = {'flavorRef': self.flavor_of(new)}
            self.act(server, 'resize', flavor, 'VERIFY_RESIZE')
            self.expect(server, {'h1': [WANTED], 'h2': [new]}, {'h2': [new]})
            self.assert_lasts()
            self.act(server, action)
            self.holds(server, host, wanted)

    @test_shelve.not_yet
    def test_shelved(self):
        """Restart while an instance is shelved, and offloaded"""
        self.flags(shelved_offload_time=-1)
        server = self.boot_with(WANTED)
        self.act(server, 'shelve', status='SHELVED')
        self.keeps(server, 'h1', WANTED)
        self.assert_lasts()
        self.act(server, 'shelveOffload', status='SHELVED_OFFLOADED')
        self.gone(server)
        self.assert_lasts()


class HostRebootPaths:
    """Reboot of a host"""

    hosts = ('h1',)

    def setUp(self):
        super().setUp()
        self.server = self.boot_with({A16_16Q: 1})

    def reboot(self, then=None):
        """Let the host reboot, and nova-compute start with it."""
        self.computes['h1'].stop()
        self.reboot_host('h1')
        if then:
            then()
        self.add_host('h1')
        # Nova's look for instances that don't run although they should.
        self.computes['h1'].manager._sync_power_states(self.ctxt)

    def test_resume(self):
        """The host reboots; its instances are to be resumed"""
        self.flags(resume_guests_state_on_host_boot=True)
        stopped, paused = self.boot_with(WANTED), self.boot_with(WANTED)
        self.act(stopped, 'os-stop', status='SHUTOFF')
        self.keeps(stopped, 'h1', WANTED)
        self.act(paused, 'pause', status='PAUSED')
        self.expected.add(paused['id'], {'h1': [WANTED]}, {})
        self.reboot()
        self._wait_for_state_change(paused, 'SHUTOFF')
        self.holds(self.server, 'h1', {A16_16Q: 1})
        self.assertEqual('ACTIVE', self.status(self.server))
        self.assertEqual('running', self.vm_state(self.server, 'h1'))

    def test_no_resume(self):
        """The host reboots; its instances are not to be resumed"""
        self.reboot()
        self._wait_for_state_change(self.server, 'SHUTOFF')
        self.keeps(self.server, 'h1', {A16_16Q: 1})
        self.act(self.server, 'os-start')
        self.holds(self.server, 'h1', {A16_16Q: 1})

    def test_resume_without_room(self):
        """The host reboots, and others are there before Nova's instances"""
        self.flags(resume_guests_state_on_host_boot=True)
        self.may_be_short = True
        self.reboot(self.take_all)
        self._wait_for_state_change(self.server, 'ERROR')
        self.audit()
        self.keeps(self.server, 'h1', {A16_16Q: 1})
        self.assertIn('not enough vGPUs', self.told(self.server))
        self.stop_foreign('h1')
        self.act(self.server, 'reboot', {'type': 'HARD'})
        self.audit()
        self.holds(self.server, 'h1', {A16_16Q: 1})

    def take_all(self):
        for number in range(4):
            self.start_foreign('h1', A16_16Q, f'desktop {number}')

    def test_start_without_room(self):
        """Start a stopped instance whose place others have taken"""
        self.may_be_short = True
        self.act(self.server, 'os-stop', status='SHUTOFF')
        self.keeps(self.server, 'h1', {A16_16Q: 1})
        self.take_all()
        told = self.fails(self.server, 'os-start', None, 'SHUTOFF')
        self.assertIn('not enough vGPUs', told)
        self.audit()
        self.keeps(self.server, 'h1', {A16_16Q: 1})
        self.stop_foreign('h1')
        self.audit()
        self.act(self.server, 'os-start')
        self.holds(self.server, 'h1', {A16_16Q: 1})


class FakeRestartTest(RestartPaths, drivers.FakeCase):
    pass


class XenServerRestartTest(RestartPaths, drivers.XenServerCase):
    pass


class FakeHostRebootTest(HostRebootPaths, drivers.FakeCase):
    pass


class XenServerHostRebootTest(HostRebootPaths, drivers.XenServerCase):
    pass
