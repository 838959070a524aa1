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

"""ComputeNode with vgpus, on the wire and in a database."""

import copy
import datetime
from unittest import mock

import ddt
from nova import context
from nova import objects
from nova import test
from nova.db.main import api as db
from nova.objects import base as nova_base
from nova.objects import compute_node as stock
from oslo_versionedobjects import fixture

from nova_vgpu_ext import extension
from nova_vgpu_ext.db import migration
from nova_vgpu_ext.objects import compute_node
from tests.unit import factories

extension.install()

UUID = 'b6ab7b9f-8a2f-4e3a-9f5b-2f4d1d4b0f10'
ROW = {
    'id': 1,
    'uuid': UUID,
    'service_id': None,
    'host': 'host',
    'hypervisor_hostname': 'host',
    'hypervisor_type': 'fake',
    'hypervisor_version': 1,
    'vcpus': 8,
    'vcpus_used': 0,
    'memory_mb': 1024,
    'memory_mb_used': 0,
    'local_gb': 10,
    'local_gb_used': 0,
    'free_ram_mb': 1024,
    'free_disk_gb': 10,
    'current_workload': 0,
    'running_vms': 0,
    'cpu_info': '',
    'disk_available_least': None,
    'host_ip': '127.0.0.1',
    'metrics': None,
    'supported_instances': None,
    'numa_topology': None,
    'pci_stats': None,
    'stats': None,
    'cpu_allocation_ratio': 1.0,
    'ram_allocation_ratio': 1.0,
    'disk_allocation_ratio': 1.0,
    'mapped': 1,
    'created_at': datetime.datetime(2026, 1, 1),
    'updated_at': None,
    'deleted_at': None,
    'deleted': 0,
}


def _read(**columns):
    """The object of a database row."""
    row = {**ROW, **columns}
    return objects.ComputeNode._from_db_object(
        None, objects.ComputeNode(), row
    )


class ClassTest(test.NoDBTestCase):
    def test_is_registered_beside_the_stock_one(self):
        classes = nova_base.NovaObjectRegistry.obj_classes()
        self.assertEqual(
            [compute_node.ComputeNode, stock.ComputeNode],
            classes['ComputeNode'],
        )
        self.assertIs(compute_node.ComputeNode, objects.ComputeNode)

    def test_stock_class_is_untouched(self):
        self.assertEqual('1.19', stock.ComputeNode.VERSION)
        self.assertNotIn('vgpus', stock.ComputeNode.fields)

    def test_fingerprint(self):
        """A change of fields or remotable methods needs a new VERSION."""
        checker = fixture.ObjectVersionChecker(
            {'ComputeNode': [compute_node.ComputeNode]}
        )
        self.assertEqual(
            {'ComputeNode': '1.1019-d62ea6bf0fa4030cfd5709ca715fb9dd'},
            checker.get_hashes(),
        )


class WireTest(test.NoDBTestCase):
    """What processes with and without the extension send each other."""

    def setUp(self):
        super().setUp()
        self.serializer = nova_base.NovaObjectSerializer()
        self.books = factories.host().claim('me', factories.asks(small=1))
        self.node = _read(vgpus=self.books.to_json())

    def sent(self, node):
        primitive = self.serializer.serialize_entity(None, node)
        return self.serializer.deserialize_entity(None, primitive)

    def test_round_trip(self):
        node = self.sent(self.node)
        self.assertIsInstance(node, compute_node.ComputeNode)
        self.assertEqual(self.books, node.vgpus)

    def test_round_trip_of_none(self):
        self.assertIsNone(self.sent(_read(vgpus=None)).vgpus)

    def backported(self, version):
        """As the conductor answers a process that has a version."""
        manifest = {'ComputeNode': version, 'HVSpec': '1.2'}
        return self.node.obj_to_primitive(version, manifest)

    def test_stock_version_is_without_books(self):
        self.node.vgpus = factories.host()
        primitive = self.backported('1.19')
        self.assertEqual('1.19', primitive['nova_object.version'])
        self.assertNotIn('vgpus', primitive['nova_object.data'])
        self.assertNotIn('vgpus', primitive.get('nova_object.changes', ()))

    def test_manifest_is_not_needed(self):
        node = objects.ComputeNode(uuid=UUID, vgpus=self.books)
        primitive = node.obj_to_primitive('1.19')
        self.assertEqual({'uuid': UUID}, primitive['nova_object.data'])

    def test_stock_version_arrives_as_stock(self):
        node = self.serializer.deserialize_entity(
            None, self.backported('1.19')
        )
        self.assertIs(stock.ComputeNode, type(node))
        self.assertEqual(UUID, node.uuid)

    def test_older_versions_are_stocks_business(self):
        data = self.backported('1.16')['nova_object.data']
        self.assertNotIn('vgpus', data)
        self.assertNotIn('mapped', data)

    def test_changes_survive(self):
        self.node.vgpus = factories.host()
        self.assertEqual({'vgpus'}, self.sent(self.node).obj_what_changed())


@ddt.ddt
class FromDatabaseTest(test.NoDBTestCase):
    def setUp(self):
        super().setUp()
        compute_node._parsed.clear()
        self.books = factories.host()

    def test_row_without_the_column(self):
        self.assertIsNone(_read().vgpus)

    def test_nothing_reported(self):
        self.assertIsNone(_read(vgpus=None).vgpus)

    def test_other_fields_are_read_as_ever(self):
        node = _read(vgpus=self.books.to_json(), stats='{"a": "1"}')
        self.assertEqual(('host', {'a': '1'}), (node.host, node.stats))
        self.assertEqual(set(), node.obj_what_changed())

    def test_same_text_is_the_same_object(self):
        text = self.books.to_json()
        self.assertIs(_read(vgpus=text).vgpus, _read(vgpus=text).vgpus)

    def test_changed_text_is_read_anew(self):
        _read(vgpus=self.books.to_json())
        claimed = self.books.claim('me', factories.asks(small=1))
        self.assertEqual(claimed, _read(vgpus=claimed.to_json()).vgpus)

    def test_hosts_do_not_disturb_each_other(self):
        text = self.books.to_json()
        first = _read(vgpus=text).vgpus
        _read(uuid='b6ab7b9f-8a2f-4e3a-9f5b-2f4d1d4b0f11', vgpus='{garbage')
        self.assertIs(first, _read(vgpus=text).vgpus)

    @ddt.data('', '{garbage', 'null', '[]', '{"version": "2.0"}', '{}')
    def test_unreadable_text_is_none_and_one_warning(self, text):
        with self.assertLogs(compute_node.__name__, 'WARNING') as logs:
            for _ in range(3):
                self.assertIsNone(_read(vgpus=text).vgpus)
        (line,) = logs.output
        self.assertIn(f'The vgpus of compute node {UUID} cannot be read', line)

    def test_readable_again_after_that(self):
        with self.assertLogs(compute_node.__name__, 'WARNING'):
            _read(vgpus='{garbage')
        self.assertEqual(self.books, _read(vgpus=self.books.to_json()).vgpus)


class FromDriverTest(test.NoDBTestCase):
    def setUp(self):
        super().setUp()
        self.node = _read()
        self.books = factories.host()

    def test_books_are_taken(self):
        self.node.update_from_virt_driver({'vgpus': self.books, 'vcpus': 3})
        self.assertIs(self.books, self.node.vgpus)
        self.assertEqual(3, self.node.vcpus)
        self.assertEqual({'vgpus', 'vcpus'}, self.node.obj_what_changed())

    def test_driver_without_vgpus_reports_none(self):
        self.node.vgpus = self.books
        self.node.update_from_virt_driver({'vcpus': 3})
        self.assertIsNone(self.node.vgpus)

    def test_new_node_of_a_driver_without_vgpus_is_as_stocks(self):
        node = objects.ComputeNode()
        node.update_from_virt_driver({'vcpus': 3})
        self.assertEqual({'vcpus'}, node.obj_what_changed())
        self.assertNotIn('vgpus', node)

    def test_none_reported_again_is_no_change(self):
        self.node.update_from_virt_driver({'vcpus': 3})
        self.assertEqual({'vcpus'}, self.node.obj_what_changed())

    def test_claim_is_seen_as_a_change(self):
        self.node.vgpus = self.books
        self.node.obj_reset_changes()
        self.node.vgpus = self.books.claim('me', factories.asks(small=1))
        self.assertEqual({'vgpus'}, self.node.obj_what_changed())

    def test_copies_share_the_books(self):
        """Nova copies the node on each claim."""
        self.node.vgpus = self.books
        self.assertIs(self.books, copy.deepcopy(self.node).vgpus)
        self.assertIs(self.books, self.node.obj_clone().vgpus)


class DatabaseTest(test.TestCase):
    """create and save, on SQLite."""

    def setUp(self):
        super().setUp()
        self.ctxt = context.get_admin_context()
        migration.upgrade(db.get_engine(context=self.ctxt))
        self.books = factories.host()
        self.node = objects.ComputeNode(self.ctxt, uuid=UUID, host='host')
        reported = {
            name: value for name, value in ROW.items() if value is not None
        }
        self.node.update_from_virt_driver({**reported, 'vgpus': self.books})
        self.node.create()

    def stored(self):
        return objects.ComputeNode.get_by_uuid(self.ctxt, UUID)

    def test_create(self):
        self.assertEqual(self.books, self.node.vgpus)
        self.assertEqual(self.books, self.stored().vgpus)
        self.assertEqual(set(), self.node.obj_what_changed())

    def test_save(self):
        claimed = self.books.claim('me', factories.asks(small=2))
        self.node.vgpus = claimed
        self.node.save()
        self.assertEqual(claimed, self.node.vgpus)
        self.assertEqual(claimed, self.stored().vgpus)

    def test_save_of_something_else_leaves_it(self):
        self.node.vcpus_used = 3
        self.node.save()
        self.assertEqual(self.books, self.stored().vgpus)

    def test_save_of_none(self):
        self.node.vgpus = None
        self.node.save()
        self.assertIsNone(self.stored().vgpus)

    def test_lists_of_both_kinds_of_query_have_it(self):
        lists = objects.ComputeNodeList
        for found in (
            lists.get_all(self.ctxt),
            lists.get_all_by_uuids(self.ctxt, [UUID]),
            lists.get_by_pagination(self.ctxt),
            lists.get_all_by_host(self.ctxt, 'host'),
        ):
            self.assertEqual([self.books], [node.vgpus for node in found])

    def test_unchanged_text_is_read_once(self):
        with mock.patch.object(
            compute_node, '_parse', wraps=compute_node._parse
        ) as parse:
            self.assertIs(self.stored().vgpus, self.stored().vgpus)
        self.assertLessEqual(parse.call_count, 1)
