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

"""What Nova writes to Placement itself carries our part along."""

from nova.compute import provider_tree

from nova_vgpu_ext import names
from tests.unit import factories
from tests.unit.compute import base

KEY = 'CUSTOM_VGPU_GRID_SMALL'


class MergeTest(base.TrackerTestCase):
    def setUp(self):
        super().setUp()
        self.patch_tracker('_merge_provider_configs')
        self.known = self.tree({'VCPU': {'total': 4}, KEY: {'total': 8}})
        client = self.tracker.reportclient
        client.get_provider_tree_and_ensure_root.return_value = self.known
        # What a driver has made of it.
        self.merged = self.tree({'VCPU': {'total': 5}})

    def tree(self, inventory):
        tree = provider_tree.ProviderTree()
        tree.new_root(base.NODE, self.node.uuid, generation=1)
        tree.update_inventory(self.node.uuid, inventory)
        return tree

    def merge(self):
        self.tracker._merge_provider_configs({}, self.merged)
        found = self.merged.data(self.node.uuid)
        return set(found.inventory), found.traits

    def test_inventories_stay_as_they_are(self):
        self.assertEqual(({'VCPU', KEY}, {names.TRAIT}), self.merge())
        inventory = self.merged.data(self.node.uuid).inventory
        self.assertEqual(
            {'VCPU': {'total': 5}, KEY: {'total': 8}}, dict(inventory)
        )

    def test_first_time(self):
        self.known.update_inventory(self.node.uuid, {})
        self.assertEqual(({'VCPU'}, {names.TRAIT}), self.merge())

    def test_gpus_that_are_gone(self):
        self.merged.add_traits(self.node.uuid, names.TRAIT, 'CUSTOM_A')
        self.node.vgpus = factories.host(models=(), pgpus=0)
        self.assertEqual(({'VCPU', KEY}, {'CUSTOM_A'}), self.merge())

    def test_driver_that_knows_of_no_vgpus_in_place_of_ours(self):
        """Placement would refuse to forget what is allocated."""
        self.merged.add_traits(self.node.uuid, names.TRAIT)
        self.node.vgpus = None
        self.assertEqual(({'VCPU', KEY}, {names.TRAIT}), self.merge())

    def test_node_that_never_had_any(self):
        self.node.vgpus = None
        self.assertEqual(({'VCPU'}, set()), self.merge())
        self.assertEqual([], self.tracker.reportclient.mock_calls)

    def test_tree_of_another_node(self):
        tree = provider_tree.ProviderTree()
        self.tracker._merge_provider_configs({}, tree)
        self.assertEqual([], self.tracker.reportclient.mock_calls)
