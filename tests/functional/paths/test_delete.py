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

"""Instances that are deleted, whatever they do."""

from unittest import mock

from tests.functional.paths import drivers
from tests.functional.paths.models import K200
from tests.functional.paths.models import K260Q
from tests.functional.paths.refusals import refused


class DeletePaths:
    """Delete"""

    def test_delete(self):
        """Delete an instance that runs, is stopped, paused, in rescue or in
        ERROR
        """
        servers = [self.boot_with({K200: 1}) for _ in range(5)]
        _, stopped, paused, rescued, broken = servers
        self.act(stopped, 'os-stop', status='SHUTOFF')
        self.keeps(stopped, 'h1', {K200: 1})
        self.act(paused, 'pause', status='PAUSED')
        self.act(rescued, 'rescue', {'adminPass': 'x'}, 'RESCUE')
        self.act(broken, 'os-resetState', {'state': 'error'}, 'ERROR')
        self.assert_audit_changes_nothing()
        for server in servers:
            self.delete(server)
        self.assert_audit_changes_nothing()

    @refused('The XenServer driver can not suspend instances yet.')
    def test_delete_suspended(self):
        """Delete a suspended instance"""
        server = self.boot_with({K260Q: 1})
        self.act(server, 'suspend', status='SUSPENDED')
        self.keeps(server, 'h1', {K260Q: 1})
        self.delete(server)

    def test_delete_while_building(self):
        """Delete an instance that is being built"""
        with self.held_up('h1', 'spawn') as called:
            server = self.post({K260Q: 1}, 'h1')
            self.wait(called.is_set)
            self.keeps(server, 'h1', {K260Q: 1})
            self.api.delete_server(server['id'])
        self.vanishes(server)
        self.assert_audit_changes_nothing()

    def test_soft_delete(self):
        """Soft-delete; then restore, force-delete, or wait for the end"""
        self.flags(reclaim_instance_interval=3600)
        restored, forced, old = (self.boot_with({K260Q: 1}) for _ in 'abc')
        for server in (restored, forced, old):
            self.api.delete_server(server['id'])
            self._wait_for_state_change(server, 'SOFT_DELETED')
            self.keeps(server, 'h1', {K260Q: 1})
        self.assert_audit_changes_nothing()
        self.act(restored, 'restore')
        self.holds(restored, 'h1', {K260Q: 1})
        self.api.post_server_action(forced['id'], {'forceDelete': None})
        self.vanishes(forced)
        manager = self.computes['h1'].manager
        with mock.patch.object(
            manager, '_deleted_old_enough', return_value=True
        ):
            manager._reclaim_queued_deletes(self.ctxt)
        self.vanishes(old)
        self.assert_audit_changes_nothing()

    def test_delete_while_host_is_down(self):
        """Delete while nova-compute is down, which then comes back"""
        server = self.boot_with({K260Q: 1})
        self.fall('h1')
        self.delete(server)
        self.come_back('h1')
        # A driver may remove its VM, or leave that to Nova.
        left = self.vm_state(server, 'h1')
        self.expect(server, {}, {'h1': [{K260Q: 1}]} if left else {})
        self.assertEqual(3 if left else 4, self.free('h1', K260Q))
        self.flags(running_deleted_instance_timeout=-60)
        manager = self.computes['h1'].manager
        manager._cleanup_running_deleted_instances(self.ctxt)
        self.gone(server)
        self.assert_audit_changes_nothing()
        self.assertEqual(4, self.free('h1', K260Q))


class FakeDeleteTest(DeletePaths, drivers.FakeCase):
    pass


class XenServerDeleteTest(DeletePaths, drivers.XenServerCase):
    pass
