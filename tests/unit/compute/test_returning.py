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

"""Audits at the source of a resize while it is being reverted."""

from unittest import mock

from nova import exception
from nova import objects
from nova.compute import task_states

from tests.unit.compute import base


class ReturnTest(base.TrackerTestCase):
    """Nova finds neither instance nor migration here: it counts nothing."""

    def setUp(self):
        super().setUp()
        self.instance = base.instance(half=1)
        self.instance.host = 'other'
        self.instance.old_flavor = base.flavor(small=3)
        self.instance.task_state = task_states.RESIZE_REVERTING
        self.found = self.enterContext(
            mock.patch.object(
                objects.Instance, 'get_by_uuid', return_value=self.instance
            )
        )
        self.former = self.node.vgpus.claim(
            self.instance.uuid, base.factories.asks(small=3)
        )

    def audit(self):
        self.tracker._former_books[base.NODE] = self.former
        self.tracker._update_usage_from_migrations(self.ctxt, [], base.NODE)
        return [claim.model for claim in self.node.vgpus.claims]

    def test_old_flavor_stays_claimed(self):
        self.audit()
        self.assertEqual(self.former, self.node.vgpus)

    def test_instance_that_is_back_counts_as_such(self):
        self.instance.host = 'host'
        self.assertEqual([], self.audit())

    def test_instance_that_does_not_come_back(self):
        self.instance.task_state = None
        self.assertEqual([], self.audit())

    def test_instance_that_is_gone(self):
        self.found.side_effect = exception.InstanceNotFound(instance_id='x')
        self.assertEqual([], self.audit())

    def test_counted_instance_is_not_looked_up(self):
        self.node.vgpus = self.former
        self.assertEqual(3 * ['0001:small'], self.audit())
        self.found.assert_not_called()

    def test_node_without_books(self):
        self.node.vgpus = None
        self.tracker._former_books[base.NODE] = self.former
        self.tracker._update_usage_from_migrations(self.ctxt, [], base.NODE)
        self.assertIsNone(self.node.vgpus)
