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

import contextlib
from unittest import mock

import fixtures
from nova import exception
from nova import objects
from nova.objects import cell_mapping
from nova.objects import host_mapping

from nova_vgpu_ext.sandbox import databases
from tests.unit.sandbox import base


class DatabasesTest(base.SandboxTestCase):
    def setUp(self):
        super().setUp()
        objects.register_all()
        self.done = []
        self.known = {}
        self.patch('nova.db.migration.db_sync', self.sync)
        self.patch('nova_vgpu_ext.db.migration.db_sync', self.sync_ours)
        self.patch('nova.context.target_cell', self.target)
        for name in ('get_by_uuid', 'create', 'save'):
            mapping = cell_mapping.CellMapping
            self.useFixture(
                fixtures.MockPatchObject(
                    mapping, name, getattr(self, name), autospec=False
                )
            )

    def patch(self, name, value):
        self.useFixture(fixtures.MonkeyPatch(name, value))

    def sync(self, database, context=None):
        self.done.append((database, context))

    def sync_ours(self, context):
        self.done.append(('vgpus', context))

    @contextlib.contextmanager
    def target(self, context, cell):
        self.known[cell.uuid] = cell
        yield cell.name

    def get_by_uuid(self, context, uuid):
        if uuid not in self.known:
            raise exception.CellMappingNotFound(uuid=uuid)
        return self.known[uuid]

    create = mock.Mock()
    save = mock.Mock()

    def test_schemas_of_both_cells(self):
        databases.prepare(self.layout)
        self.assertEqual(
            [
                ('api', None),
                ('main', 'cell0'),
                ('vgpus', 'cell0'),
                ('main', 'cell1'),
                ('vgpus', 'cell1'),
            ],
            self.done,
        )

    def test_mappings(self):
        databases.prepare(self.layout)
        cell0, cell1 = self.known.values()
        self.assertTrue(cell0.is_cell0())
        self.assertEqual('fake://', cell1.transport_url)
        self.assertEqual(
            self.layout.database('cell1'), cell1.database_connection
        )

    def test_directory_was_moved(self):
        databases.prepare(self.layout)
        for cell in self.known.values():
            cell.database_connection = 'sqlite:////elsewhere.db'
        self.create.reset_mock()
        databases.prepare(self.layout)
        self.create.assert_not_called()
        for cell in self.known.values():
            self.assertEqual(
                self.layout.database(cell.name), cell.database_connection
            )

    def test_discover_hosts(self):
        with mock.patch.object(host_mapping, 'discover_hosts') as discover:
            databases.discover_hosts()
        discover.assert_called_once()
