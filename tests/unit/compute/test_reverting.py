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

"""Audits where a resize was given up, before the instance has left."""

import fixtures
from nova import objects
from nova.compute import task_states
from oslo_utils.fixture import uuidsentinel as uuids

from tests.unit.compute import base


class RevertTest(base.TrackerTestCase):
    """Nova counts the new flavor: the instance is still here with it."""

    def setUp(self):
        super().setUp()
        self.instance = base.instance(half=1)
        self.instance.old_flavor = base.flavor(small=3)
        self.instance.task_state = task_states.RESIZE_REVERTING
        self.instance.migration_context = objects.MigrationContext(
            migration_id=7
        )
        self.former = self.node.vgpus
        self.migrations = []
        self.migration = objects.Migration(
            id=7, source_compute='elsewhere', source_node='elsewhere'
        )
        self.useFixture(
            fixtures.MockPatchObject(
                objects.Migration, 'get_by_id', side_effect=self.get_migration
            )
        )
        # How an instance is counted is not the matter here.
        self.patch_tracker(
            '_update_usage_from_instances', side_effect=self.count
        )
        self.patch_tracker('_update_usage_from_migrations')

    def get_migration(self, context, migration_id):
        self.assertEqual(7, migration_id)
        return self.migration

    def count(self, context, instances, nodename):
        for instance in instances:
            self.claim(instance)
        return {instance.uuid: instance for instance in instances}

    def audit(self):
        self.tracker._former_books[base.NODE] = self.former
        self.tracker._update_usage_from_instances(
            self.ctxt, [self.instance], base.NODE
        )
        self.tracker._update_usage_from_migrations(
            self.ctxt, self.migrations, base.NODE
        )
        return [claim.model for claim in self.node.vgpus.claims]

    def test_destination_holds_nothing_more(self):
        self.assertEqual([], self.audit())

    def test_destination_that_was_restarted_and_audited_before(self):
        self.former = self.former.claim(
            self.instance.uuid, base.factories.asks(half=1)
        )
        self.assertEqual([], self.audit())

    def test_same_host_holds_the_old_flavor(self):
        self.migration.source_compute = 'host'
        self.migration.source_node = base.NODE
        self.former = self.former.claim(
            self.instance.uuid, base.factories.asks(small=3)
        )
        self.audit()
        self.assertEqual(self.former, self.node.vgpus)

    def test_source_where_it_runs_again(self):
        self.migration.source_compute = 'host'
        self.migration.source_node = base.NODE
        self.instance.flavor = self.instance.old_flavor
        self.node.vgpus = self.node.vgpus.holding(
            self.instance.uuid,
            [base.factories.resident('g-0', owner=self.instance.uuid)] * 3,
        )
        self.assertEqual(['0001:small'] * 3, self.audit())
        self.assertEqual(3, len(self.node.vgpus.residents))
        self.assertEqual((), self.node.vgpus.pending)

    def test_same_host_after_a_restart(self):
        self.migration.source_compute = 'host'
        self.migration.source_node = base.NODE
        self.former = None
        self.assertEqual(['0001:small'] * 3, self.audit())

    def test_migration_that_is_still_to_be_given_up(self):
        self.migrations = [objects.Migration(id=7, uuid=uuids.move)]
        self.assertEqual(['0001:half'], self.audit())

    def test_migrations_of_earlier_times_do_not_matter(self):
        self.migrations = [objects.Migration(id=6, uuid=uuids.move)]
        self.assertEqual([], self.audit())

    def test_instance_that_is_not_reverted(self):
        self.instance.task_state = None
        self.assertEqual(['0001:half'], self.audit())

    def test_instance_that_nobody_resized(self):
        self.instance.migration_context = None
        self.assertEqual(['0001:half'], self.audit())

    def test_node_without_books(self):
        self.node.vgpus = self.former = None
        self.tracker._former_books[base.NODE] = None
        self.tracker._update_usage_from_migrations(self.ctxt, [], base.NODE)
        self.assertIsNone(self.node.vgpus)
