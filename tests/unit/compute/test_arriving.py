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

"""Audits while a resized instance has arrived, and isn't started yet."""

from nova import objects
from nova.compute import task_states

from tests.unit.compute import base


class ArrivalTest(base.TrackerTestCase):
    """The instance is here, with its old flavor: Nova counts that alone."""

    def setUp(self):
        super().setUp()
        self.instance = base.instance(small=3)
        self.instance.instance_type_id = 1
        self.instance.new_flavor = base.flavor(half=1)
        self.instance.task_state = task_states.RESIZE_MIGRATED
        self.instance.migration_context = None
        self.migration = objects.Migration(
            uuid=self.instance.uuid,
            instance_uuid=self.instance.uuid,
            migration_type='resize',
            source_compute='other',
            source_node='other',
            dest_compute='host',
            dest_node=base.NODE,
            old_instance_type_id=1,
            new_instance_type_id=2,
        )

    def audit(self):
        """What of an audit is about the instance and its migration."""
        self.claim(self.instance)
        self.tracker.tracked_instances.add(self.instance.uuid)
        self.tracker._update_usage_from_migration(
            self.ctxt, self.instance, self.migration, base.NODE
        )

    def claimed(self):
        return [claim.model for claim in self.node.vgpus.claims]

    def test_new_flavor_stays_claimed(self):
        self.audit()
        self.assertEqual(['0001:half'], self.claimed())

    def test_claim_keeps_its_group(self):
        self.node.vgpus = base.factories.host(groups=('a', 'b'))
        former = self.node.vgpus.claim(
            self.instance.uuid, base.factories.asks(half=1)
        )
        (claim,) = former.claims
        there = {'a': 'b', 'b': 'a'}[claim.group]
        former = base.factories.host(
            groups=('a', 'b'), claims=[claim._replace(group=there)]
        )
        self.tracker._former_books[base.NODE] = former
        self.audit()
        self.assertEqual(former, self.node.vgpus)

    def test_started_instance_has_it_already(self):
        self.instance.instance_type_id = 2
        self.instance.flavor = self.instance.new_flavor
        self.audit()
        self.assertEqual(['0001:half'], self.claimed())

    def test_on_the_same_host_both_flavors_count(self):
        self.migration.source_compute = 'host'
        self.migration.source_node = base.NODE
        self.audit()
        self.assertEqual(['0001:half'] + 3 * ['0001:small'], self.claimed())

    def test_cold_migration(self):
        self.migration.migration_type = 'migration'
        self.migration.new_instance_type_id = 1
        self.instance.new_flavor = self.instance.flavor
        self.audit()
        self.assertEqual(3 * ['0001:small'], self.claimed())

    def test_live_migration(self):
        self.migration.migration_type = 'live-migration'
        self.instance.new_flavor = None
        self.audit()
        self.assertEqual(3 * ['0001:small'], self.claimed())

    def test_node_without_books(self):
        self.node.vgpus = None
        self.audit()
        self.assertIsNone(self.node.vgpus)
