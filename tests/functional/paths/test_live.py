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

"""Instances that move while they run."""

import threading
from unittest import mock

from tests.functional.paths import drivers
from tests.functional.paths.models import A16_16Q
from tests.functional.paths.models import K260Q
from tests.functional.paths.refusals import refused

WANTED = {K260Q: 1}

not_yet = refused(
    'Migration pre-check error: The XenServer driver can not migrate live '
    'instances yet.'
)


class LiveMigrationPaths:
    """Live migration"""

    def move(self, server, host='h2', until=None):
        arguments = {'host': host, 'block_migration': 'auto'}
        self.act(server, 'os-migrateLive', arguments, until=until)

    def ends(self, server, status):
        """Wait for the end of a migration, which nothing else tells."""
        self._wait_for_migration_status(server, [status])
        self.assertEqual('ACTIVE', self.status(server))

    def on_both(self, server):
        """It is claimed at the destination before it moves."""
        both = {'h1': [WANTED], 'h2': [WANTED]}
        self.expect(server, both, both)

    @not_yet
    def test_success(self):
        """Live migration, and back"""
        server = self.boot_with(WANTED)
        self.move(server, None)
        self.ends(server, 'completed')
        self.holds(server, 'h2', WANTED)
        self.move(server, 'h1')
        self.holds(server, 'h1', WANTED)
        self.delete(server)
        self.assert_audit_changes_nothing()

    @not_yet
    def test_claim(self):
        """Live migration claims at the destination before it begins"""
        server = self.boot_with(WANTED)
        with self.held_up('h1', 'live_migration') as called:
            self.move(server, until=called.is_set)
            self.on_both(server)
            self.assert_audit_changes_nothing()
        self.ends(server, 'completed')
        self.holds(server, 'h2', WANTED)

    @not_yet
    def test_rollback(self):
        """Live migration fails, before it begins and on the way"""
        server = self.boot_with(WANTED)
        with self.failing('h2', 'pre_live_migration'):
            arguments = {'host': 'h2', 'block_migration': 'auto'}
            self.fails(server, 'os-migrateLive', arguments, 'ACTIVE')
        self.holds(server, 'h1', WANTED)
        self.assert_audit_changes_nothing()

        def roll_back(context, instance, dest, post, recover, block, data):
            recover(context, instance, dest, migrate_data=data)

        driver = self.driver('h1')
        with mock.patch.object(driver, 'live_migration', roll_back):
            self.move(server, until=lambda: self.has_failed(server))
        self._wait_for_server_parameter(
            server, {'OS-EXT-STS:task_state': None}
        )
        self.holds(server, 'h1', WANTED)
        self.assertEqual('ACTIVE', self.status(server))
        self.assert_audit_changes_nothing()
        self.delete(server)

    def has_failed(self, server):
        statuses = [one['status'] for one in self.migrations(server)]
        return len(statuses) == 2 and statuses[0] in ('error', 'failed')

    def migrations(self, server):
        """Of a server, the last one first."""
        answer = self.api.api_get(
            f'/os-migrations?instance_uuid={server["id"]}'
        )
        return answer.body['migrations']

    @not_yet
    def test_abort(self):
        """Live migration is aborted"""
        server = self.boot_with(WANTED)
        aborted = threading.Event()

        def migrate(context, instance, dest, post, recover, block, data):
            aborted.wait(60)
            recover(
                context,
                instance,
                dest,
                migrate_data=data,
                migration_status='cancelled',
            )

        driver = self.driver('h1')
        with mock.patch.object(driver, 'live_migration', migrate):
            self.move(server, until=lambda: self.is_under_way(server))
            self.on_both(server)
            with mock.patch.object(
                driver, 'live_migration_abort', lambda _: aborted.set()
            ):
                migration = self.migrations(server)[0]
                self.api.delete_migration(server['id'], migration['id'])
                self.ends(server, 'cancelled')
        self.holds(server, 'h1', WANTED)

    def is_under_way(self, server):
        return [one['status'] for one in self.migrations(server)] == [
            'running'
        ]

    @not_yet
    def test_full_destination(self):
        """Refuse a live migration for want of room"""
        server = self.boot_with({A16_16Q: 1})
        self.boot_with({A16_16Q: 4}, 'h2')
        # As if the scheduler didn't know it yet.
        with self.hasty_scheduler():
            arguments = {'host': 'h2', 'block_migration': 'auto'}
            told = self.fails(server, 'os-migrateLive', arguments, 'ACTIVE')
        self.assertIn('not enough vGPUs: 1 x NVIDIA A16-16Q', told)
        self.holds(server, 'h1', {A16_16Q: 1})
        self.assert_audit_changes_nothing()


class FakeLiveMigrationTest(LiveMigrationPaths, drivers.FakeCase):
    pass


class FakeAuditedLiveMigrationTest(FakeLiveMigrationTest):
    """With a periodic run after each step."""

    audits = True


class XenServerLiveMigrationTest(LiveMigrationPaths, drivers.XenServerCase):
    pass
