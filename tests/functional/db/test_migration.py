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


import subprocess
import sys

import sqlalchemy as sa
from alembic import script
from nova import context as nova_context
from nova.db import migration as nova_migration
from nova.db.main import api as main_db_api
from nova.objects import cell_mapping

from nova_vgpu_ext.db import migration
from tests.functional.db import base

# A revision of Nova's before the newest, in all its releases.
OLDER = 'd60bddf7a903'
# A process of its own, since a model's column can't be taken away again.
ARCHIVE = """
import sys
from nova import config
from nova.db.main import api
from nova_vgpu_ext.db import models
config.parse_args(
    ['test', '--config-file', sys.argv[1]], [], init_rpc=False
)
models.add_column()
print(api.archive_deleted_rows(max_rows=10)[0]['compute_nodes'])
"""


class MigrationTestCase(base.DatabaseTestCase):
    def setUp(self):
        super().setUp()
        self.nova = main_db_api.get_engine()

    def columns(self, table):
        inspector = sa.inspect(self.engine())
        return {c['name']: c for c in inspector.get_columns(table)}

    def assert_migrated(self):
        self.assertEqual((), migration.lacking(self.engine()))
        self.assertEqual(self.head(), migration.version(self.engine()))

    def head(self):
        scripts = script.ScriptDirectory.from_config(migration.alembic_conf())
        return scripts.get_current_head()


class TestUpgrade(MigrationTestCase):
    def test_adds_a_nullable_text_to_both_tables(self):
        self.assertEqual(migration.TABLES, migration.lacking(self.nova))
        migration.upgrade(self.nova)
        for table in migration.TABLES:
            column = self.columns(table)['vgpus']
            self.assertIsInstance(column['type'], sa.Text)
            self.assertTrue(column['nullable'])
        self.assert_migrated()

    def test_is_repeatable(self):
        migration.upgrade(self.nova)
        migration.upgrade(self.nova)
        self.assert_migrated()

    def test_finishes_a_half_made_migration(self):
        self.execute('ALTER TABLE compute_nodes ADD COLUMN vgpus TEXT')
        migration.upgrade(self.nova)
        self.assert_migrated()

    def test_mends_a_table_restored_from_a_backup(self):
        migration.upgrade(self.nova)
        self.execute('ALTER TABLE shadow_compute_nodes DROP COLUMN vgpus')
        migration.upgrade(self.nova)
        self.assert_migrated()

    def test_needs_the_schema_of_nova(self):
        error = self.assertRaises(
            migration.NotNovaDatabase, migration.upgrade, self.engine('empty')
        )
        self.assertIn('nova-manage db sync', str(error))

    def test_one_head(self):
        scripts = script.ScriptDirectory.from_config(migration.alembic_conf())
        self.assertEqual(1, len(scripts.get_heads()))


class TestDowngrade(MigrationTestCase):
    def test_leaves_the_database_as_it_was(self):
        before = self.schema()
        migration.upgrade(self.nova)
        self.add_node('host', 'text')
        migration.downgrade(self.nova)
        self.assertEqual(before, self.schema())
        self.assertIsNone(migration.version(self.nova))

    def test_of_a_half_made_migration(self):
        migration.upgrade(self.nova)
        self.execute('ALTER TABLE compute_nodes DROP COLUMN vgpus')
        migration.downgrade(self.nova)
        self.assertEqual(migration.TABLES, migration.lacking(self.engine()))

    def schema(self):
        inspector = sa.inspect(self.engine())
        return {
            table: [column['name'] for column in inspector.get_columns(table)]
            for table in inspector.get_table_names()
        }


class TestDatabaseSync(MigrationTestCase):
    def test_configured_database(self):
        self.assertIsNone(migration.db_version())
        migration.db_sync()
        self.assertEqual(self.head(), migration.db_version())
        self.assert_migrated()

    def test_targeted_cell(self):
        cell0 = cell_mapping.CellMapping.get_by_uuid(
            self.admin, base.CELL0_UUID
        )
        with nova_context.target_cell(self.admin, cell0) as context:
            migration.db_sync(context)
            self.assertEqual(self.head(), migration.db_version(context))
        self.assertEqual((), migration.lacking(self.engine('cell0')))
        self.assertEqual(migration.TABLES, migration.lacking(self.nova))


class TestBesideNova(MigrationTestCase):
    def setUp(self):
        super().setUp()
        self.revision = nova_migration.db_version()
        migration.upgrade(self.nova)

    def test_nova_keeps_its_revision(self):
        self.assertEqual(self.revision, nova_migration.db_version())

    def test_nova_can_migrate_afterwards(self):
        self.conf.config(connection=self.url('older'), group='database')
        self.useFixture(base.Facades())
        nova_migration.db_sync(version=OLDER)
        migration.db_sync()
        nova_migration.db_sync()
        self.assertEqual(self.revision, nova_migration.db_version())
        self.assertEqual((), migration.lacking(self.engine('older')))
        self.assertEqual(self.head(), migration.db_version())

    def test_archiving_without_the_extension(self):
        """Nova stumbles over any table that is neither its own nor shadow."""
        self.add_node('gone', deleted=1, deleted_at=base.SAVED)
        main_db_api.archive_deleted_rows(max_rows=10)
        self.assertEqual(0, self.count('compute_nodes'))

    def test_archiving_keeps_vgpus(self):
        self.add_node('gone', 'text', deleted=1, deleted_at=base.SAVED)
        conf = self.path('nova.conf')
        with open(conf, 'w') as file:
            file.write(f'[database]\nconnection = {self.url("cell1")}\n')
        done = subprocess.run(
            [sys.executable, '-c', ARCHIVE, conf],
            capture_output=True,
            text=True,
        )
        self.assertEqual('1', done.stdout.strip(), done.stderr)
        self.assertEqual(0, self.count('compute_nodes'))
        self.assertEqual(
            1, self.count("shadow_compute_nodes WHERE vgpus = 'text'")
        )

    def test_purge_costs_no_more_than_another_sync(self):
        main_db_api.purge_shadow_tables(self.admin, None)
        self.assertIsNone(migration.version(self.nova))
        migration.upgrade(self.nova)
        self.assert_migrated()

    def count(self, source):
        with self.engine().connect() as connection:
            query = sa.text(f'SELECT count(*) FROM {source}')
            return connection.execute(query).scalar()
