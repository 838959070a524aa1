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

"""Processes without the extension, beside a conductor that has it."""

from nova import context
from nova import objects
from nova import test
from nova.conductor import manager
from nova.db.main import api as db
from nova.objects import base as nova_base
from nova.objects import compute_node as stock
from oslo_versionedobjects import base as ovo

from nova_vgpu_ext import extension
from nova_vgpu_ext.db import migration
from nova_vgpu_ext.objects import compute_node
from tests.unit import factories

extension.install()

UUID = 'b6ab7b9f-8a2f-4e3a-9f5b-2f4d1d4b0f10'


class ConductorTest(test.TestCase):
    """What a conductor does with requests as they come over RPC."""

    def setUp(self):
        super().setUp()
        self.ctxt = context.get_admin_context()
        migration.upgrade(db.get_engine(context=self.ctxt))
        self.conductor = manager.ConductorManager()
        self.serializer = nova_base.NovaObjectSerializer()
        self.books = factories.host()
        self.new(objects.ComputeNode, vgpus=self.books).create()

    def new(self, version, **fields):
        return version(
            self.ctxt,
            uuid=UUID,
            host='host',
            hypervisor_hostname='host',
            hypervisor_type='fake',
            hypervisor_version=1,
            vcpus=8,
            vcpus_used=0,
            memory_mb=1024,
            memory_mb_used=0,
            local_gb=10,
            local_gb_used=0,
            cpu_info='',
            **fields,
        )

    def sent(self, entity):
        """As it arrives at the other end."""
        primitive = self.serializer.serialize_entity(self.ctxt, entity)
        return self.serializer.deserialize_entity(self.ctxt, primitive)

    def get(self, version):
        """What a process of a ComputeNode version is answered."""
        manifest = ovo.obj_tree_get_versions('ComputeNode')
        return self.sent(
            self.conductor.object_class_action_versions(
                self.ctxt,
                'ComputeNode',
                'get_by_uuid',
                {**manifest, 'ComputeNode': version},
                (UUID,),
                {},
            )
        )

    def save(self, node):
        """Save a changed node of a process, as nova-compute does."""
        updates, _ = self.conductor.object_action(
            self.ctxt, self.sent(node), 'save', (), {}
        )
        for name, value in updates.items():
            if name in node.fields:
                field = node.fields[name]
                setattr(node, name, field.from_primitive(node, name, value))

    def stored(self):
        return objects.ComputeNode.get_by_uuid(self.ctxt, UUID)

    def test_stock_process_gets_stock_nodes(self):
        node = self.get('1.19')
        self.assertIs(stock.ComputeNode, type(node))
        self.assertEqual('1.19', node.VERSION)

    def test_extended_process_gets_books(self):
        node = self.get('1.1019')
        self.assertIs(compute_node.ComputeNode, type(node))
        self.assertEqual(self.books, node.vgpus)

    def test_stock_process_saves_around_the_books(self):
        node = self.get('1.19')
        node.vcpus_used = 3
        self.save(node)
        self.assertEqual(3, self.stored().vcpus_used)
        self.assertEqual(self.books, self.stored().vgpus)

    def test_extended_process_saves_books(self):
        node = self.get('1.1019')
        claimed = node.vgpus.claim('me', factories.asks(small=1))
        node.vgpus = claimed
        self.save(node)
        self.assertEqual(claimed, node.vgpus)
        self.assertEqual(claimed, self.stored().vgpus)

    def test_extended_process_saves_none(self):
        node = self.get('1.1019')
        node.vgpus = None
        self.save(node)
        self.assertIsNone(self.stored().vgpus)

    def test_stock_process_lists_stock_nodes(self):
        manifest = {
            **ovo.obj_tree_get_versions('ComputeNodeList'),
            'ComputeNode': '1.19',
        }
        # A list has a version of its own, so it is left as it is, and the
        # other end asks for a backport.
        found = objects.ComputeNodeList.get_all(self.ctxt)
        primitive = self.conductor.object_backport_versions(
            self.ctxt, found, manifest
        )
        (node,) = self.sent(primitive)
        self.assertIs(stock.ComputeNode, type(node))
