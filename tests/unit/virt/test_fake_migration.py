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

from unittest import mock

from nova.compute import power_state

from tests.unit.virt import driver_base
from tests.unit.virt.driver_base import ALL
from tests.unit.virt.driver_base import REFUSED


class MigrationTest(driver_base.FakeDriverTestCase):
    def setUp(self):
        super().setUp()
        self.source, self.dest = self.driver('h1'), self.driver('h2')
        self.one = self.instance('one', K260Q=1)
        self.spawn(self.source, self.one)

    def resize(self, dest, **counts):
        self.source.migrate_disk_and_power_off(
            None, self.one, None, None, None
        )
        self.old = self.one.flavor
        self.one.flavor = self.instance('one', **counts).flavor
        dest.finish_migration(
            None, mock.Mock(), self.one, None, None, None, True, None
        )

    def migration(self, dest='h2'):
        return mock.Mock(source_compute='h1', dest_compute=dest)

    def test_resize_and_confirm(self):
        self.resize(self.dest, K240Q=2)
        self.assertEqual(ALL, dict(self.free(self.source)))
        self.assertEqual(6, self.free(self.dest)['GRID K240Q'])
        self.source.confirm_migration(None, self.migration(), self.one, None)
        self.assertEqual([], self.source.list_instances())
        self.assertEqual(1, self.dest.get_num_instances())

    def revert(self, dest, **kwargs):
        dest.destroy(None, self.one, None)
        self.one.flavor = self.old
        self.source.finish_revert_migration(
            None, self.one, None, self.migration(), **kwargs
        )

    def test_resize_and_revert(self):
        self.resize(self.dest, K240Q=2)
        self.revert(self.dest)
        self.assertEqual(ALL, dict(self.free(self.dest)))
        self.assertEqual(3, self.free(self.source)['GRID K260Q'])

    def test_revert_of_stopped(self):
        self.resize(self.dest, K240Q=2)
        self.revert(self.dest, power_on=False)
        self.assertEqual(
            power_state.SHUTDOWN, self.state(self.source, self.one)
        )

    def test_resize_on_the_same_host(self):
        self.resize(self.source, K240Q=1)
        self.assertEqual(7, self.free(self.source)['GRID K240Q'])
        self.source.confirm_migration(
            None, self.migration('h1'), self.one, None
        )
        self.assertEqual(1, self.source.get_num_instances())
        self.assertEqual(7, self.free(self.source)['GRID K240Q'])

    def test_revert_on_the_same_host(self):
        self.resize(self.source, K240Q=1)
        self.revert(self.source)
        self.assertEqual(3, self.free(self.source)['GRID K260Q'])

    def test_resize_without_room(self):
        self.spawn(self.dest, self.instance('two', K200=16))
        self.assertRaises(REFUSED, self.resize, self.dest, K240Q=1)
        self.assertEqual(1, self.dest.get_num_instances())

    def check(self):
        data = self.dest.check_can_live_migrate_destination(
            None, self.one, None, None
        )
        return self.source.check_can_live_migrate_source(None, self.one, data)

    def test_live_migration(self):
        data = self.check()
        self.dest.pre_live_migration(None, self.one, None, None, None, data)
        for driver in (self.source, self.dest):
            self.assertEqual(3, self.free(driver)['GRID K260Q'])
        self.assertEqual([], self.dest.list_instances())
        self.source.live_migration(
            None, self.one, 'h2', lambda *args: None, None
        )
        self.source.post_live_migration(None, self.one, None)
        self.source.cleanup(None, self.one, None)
        self.dest.post_live_migration_at_destination(None, self.one, None)
        self.assertEqual(ALL, dict(self.free(self.source)))
        self.assertEqual(power_state.RUNNING, self.state(self.dest, self.one))
        self.assertEqual(3, self.free(self.dest)['GRID K260Q'])

    def rolled_back(self):
        data = self.check()
        self.dest.pre_live_migration(None, self.one, None, None, None, data)
        self.dest.rollback_live_migration_at_destination(
            None, self.one, None, None
        )
        return data

    def test_live_migration_rollback(self):
        data = self.rolled_back()
        self.assertFalse(data.is_shared_instance_path)
        self.assertEqual(ALL, dict(self.free(self.dest)))
        self.assertEqual(
            power_state.RUNNING, self.state(self.source, self.one)
        )

    def test_rollback_of_what_never_came(self):
        self.dest.rollback_live_migration_at_destination(
            None, self.one, None, None
        )

    def test_live_migration_without_room(self):
        self.spawn(self.dest, self.instance('two', K200=16))
        self.assertRaises(
            REFUSED,
            self.dest.pre_live_migration,
            None, self.one, None, None, None, None,
        )  # fmt: skip

    def test_nova_claims_at_the_destination(self):
        data = self.check()
        self.assertTrue(data.src_supports_numa_live_migration)
        self.one = self.instance('plain')
        data = self.check()
        self.assertNotIn('src_supports_numa_live_migration', data)
        self.assertNotIn('dst_supports_numa_live_migration', data)

    def test_restart_of_destination(self):
        self.dest.pre_live_migration(None, self.one, None, None, None, None)
        self.dest = self.driver('h2')
        self.assertEqual(ALL, dict(self.free(self.dest)))
