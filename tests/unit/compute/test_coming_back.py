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

from tests.unit.compute import base


class ComingBackTest(base.TrackerTestCase):
    def setUp(self):
        super().setUp()
        self.moved = self.patch_tracker('_move_claim')
        self.instance = base.instance(small=1)
        self.claim(self.instance)
        self.tracker.tracked_instances.add(self.instance.uuid)

    def move(self):
        self.tracker._move_claim(
            self.ctxt, self.instance, base.flavor(), base.NODE, None, {}
        )
        self.assertTrue(self.moved.called)
        return self.instance.uuid in self.tracker.tracked_instances

    def test_instance_that_was_here_and_is_elsewhere_now(self):
        self.instance.host = 'elsewhere'
        self.assertFalse(self.move())
        self.assertEqual((), self.node.vgpus.claims)

    def test_resize_on_the_same_host(self):
        self.instance.host = 'host'
        self.assertTrue(self.move())
        self.assertEqual(1, len(self.node.vgpus.claims))

    def test_instance_that_nobody_tracks(self):
        """Its claim may be that of a migration."""
        self.instance.host = 'elsewhere'
        self.tracker.tracked_instances.clear()
        self.assertFalse(self.move())
        self.assertEqual(1, len(self.node.vgpus.claims))

    def test_node_without_books(self):
        self.instance.host = 'elsewhere'
        self.node.vgpus = None
        self.assertFalse(self.move())
