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

"""Instances whose host is lost."""

from tests.functional.paths import drivers
from tests.functional.paths.models import A16_16Q
from tests.functional.paths.models import K260Q
from tests.functional.paths.refusals import refused

WANTED = {K260Q: 1}

not_yet = refused('The XenServer driver can not evacuate instances yet.')


class EvacuatePaths:
    """Evacuate"""

    def evacuate(self, server):
        # A running instance is stopped by it from 2.95 on.
        self.api.microversion = '2.94'
        self.act(server, 'evacuate', {'host': 'h2'})

    @not_yet
    def test_evacuate(self):
        """Evacuate; then the lost host comes back"""
        server = self.boot_with(WANTED)
        stays = self.boot_with(WANTED)
        self.fall('h1')
        self.evacuate(server)
        self.holds(server, 'h2', WANTED)
        self.come_back('h1')
        self.holds(server, 'h2', WANTED)
        self.holds(stays, 'h1', WANTED)
        self.assert_audit_changes_nothing()

    @not_yet
    def test_stopped(self):
        """Evacuate, so that the instance is stopped; then start it"""
        server = self.boot_with(WANTED)
        self.fall('h1')
        self.act(server, 'evacuate', {}, 'SHUTOFF')
        self.keeps(server, 'h2', WANTED)
        self.act(server, 'os-start')
        self.holds(server, 'h2', WANTED)
        self.come_back('h1')
        self.assert_audit_changes_nothing()

    @not_yet
    def test_error(self):
        """Evacuate an instance in ERROR; then the lost host comes back"""
        server = self.boot_with(WANTED)
        self.api.post_server_action(
            server['id'], {'os-resetState': {'state': 'error'}}
        )
        self.fall('h1')
        self.evacuate(server)
        self.holds(server, 'h2', WANTED)
        self.come_back('h1')
        self.holds(server, 'h2', WANTED)
        self.assert_audit_changes_nothing()

    @not_yet
    def test_delete(self):
        """Delete right after an evacuation; then the lost host comes back"""
        server = self.boot_with(WANTED)
        self.fall('h1')
        self.evacuate(server)
        self.holds(server, 'h2', WANTED)
        self.delete(server)
        self.come_back('h1')
        self.assert_books()
        self.assert_audit_changes_nothing()

    def test_no_room(self):
        """Refuse an evacuation for want of room; the lost host comes back"""
        server = self.boot_with({A16_16Q: 1})
        self.boot_with({A16_16Q: 4}, 'h2')
        self.fall('h1')
        with self.hasty_scheduler():
            told = self.fails(server, 'evacuate', {'host': 'h2'}, 'ACTIVE')
        self.assertIn('not enough vGPUs: 1 x NVIDIA A16-16Q', told)
        self.assert_books()
        self.come_back('h1')
        self.holds(server, 'h1', {A16_16Q: 1})
        self.assert_audit_changes_nothing()


class FakeEvacuateTest(EvacuatePaths, drivers.FakeCase):
    pass


class FakeAuditedEvacuateTest(FakeEvacuateTest):
    """With a periodic run after each step."""

    audits = True


class XenServerEvacuateTest(EvacuatePaths, drivers.XenServerCase):
    pass
