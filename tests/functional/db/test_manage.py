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
import io
import json
import os
from unittest import mock

from nova.objects import cell_mapping

from nova_vgpu_ext.cmd import manage
from nova_vgpu_ext.cmd import settings
from nova_vgpu_ext.db import migration
from tests.functional.db import base

CELL2_UUID = '7cf0be27-0f5d-4b0e-9a39-4b6e1a7a0c12'


class CommandTestCase(base.DatabaseTestCase):
    """Runs commands in this process, with the test's databases."""

    def run_command(self, *args):
        """Run nova-vgpu-manage; return its code, stdout and stderr."""
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.object(settings, 'load'),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = manage.main(args)
        return code, out.getvalue(), err.getvalue()

    def succeed(self, *args):
        """Run a command that has nothing to complain of; return stdout."""
        code, out, err = self.run_command(*args)
        self.assertEqual((0, ''), (code, err))
        return out

    def fail_with(self, *args):
        """Run a command that ends with 1 and nothing shown; return stderr."""
        code, out, err = self.run_command(*args)
        self.assertEqual((1, ''), (code, out))
        return err

    def lacking(self, name):
        return migration.lacking(self.engine(name))

    def unmap(self, uuid):
        cell_mapping.CellMapping.get_by_uuid(self.admin, uuid).destroy()


class TestSync(CommandTestCase):
    def test_migrates_cell0_and_the_configured_database(self):
        out = self.succeed('db', 'sync')
        self.assertEqual((), self.lacking('cell0'))
        self.assertEqual((), self.lacking('cell1'))
        self.assertIn('cell0 (sqlite', out)
        self.assertEqual(2, out.count('at revision'))

    def test_is_repeatable(self):
        self.assertEqual(
            self.succeed('db', 'sync'), self.succeed('db', 'sync')
        )

    def test_local_cell(self):
        self.succeed('db', 'sync', '--local_cell')
        self.assertEqual(migration.TABLES, self.lacking('cell0'))
        self.assertEqual((), self.lacking('cell1'))

    def test_without_cell0(self):
        self.unmap(base.CELL0_UUID)
        code, _, err = self.run_command('db', 'sync')
        self.assertEqual(0, code)
        self.assertIn('no cell0', err)
        self.assertEqual((), self.lacking('cell1'))

    def test_broken_cell0_stops_no_other(self):
        os.truncate(self.path('cell0'), 0)
        code, out, err = self.run_command('db', 'sync')
        self.assertEqual(1, code)
        self.assertIn('cell0', err)
        self.assertIn('run `nova-manage db sync` first', err)
        self.assertIn('The configured database', out)
        self.assertEqual((), self.lacking('cell1'))

    def test_without_api_database(self):
        self.conf.config(connection=None, group='api_database')
        code, _, err = self.run_command('db', 'sync')
        self.assertEqual(1, code)
        self.assertIn('--local_cell', err)
        self.assertEqual((), self.lacking('cell1'))

    def test_without_any_database(self):
        self.conf.config(connection=None, group='api_database')
        self.conf.config(connection=None, group='database')
        self.assertEqual(2, self.fail_with('db', 'sync').count("isn't set"))

    def test_revision_of_a_later_version(self):
        self.succeed('db', 'sync')
        self.execute(f"UPDATE {migration.VERSION_TABLE} SET version_num = 'x'")
        err = self.fail_with('db', 'sync', '--local_cell')
        self.assertIn("Can't locate revision identified by 'x'", err)


class TestVersion(CommandTestCase):
    def test_before_and_after(self):
        self.assertIn('not installed', self.succeed('db', 'version'))
        self.succeed('db', 'sync')
        version = self.succeed('db', 'version')
        self.assertEqual(migration.db_version(), version.strip())

    def test_without_database(self):
        self.conf.config(connection=None, group='database')
        self.assertIn('--config-file', self.fail_with('db', 'version'))


class TestCheck(CommandTestCase):
    def test_all_is_well(self):
        self.succeed('db', 'sync')
        self.assertEqual(
            'All is well in 2 database(s).\n', self.succeed('db', 'check')
        )

    def test_one_sentence_for_each_database(self):
        lines = self.fail_with('db', 'check').splitlines()
        self.assertEqual(2, len(lines))
        for line in lines:
            self.assertIn('compute_nodes and shadow_compute_nodes', line)
            self.assertTrue(line.endswith('run `nova-vgpu-manage db sync`.'))

    def test_one_table(self):
        self.succeed('db', 'sync')
        self.execute('ALTER TABLE compute_nodes DROP COLUMN vgpus')
        err = self.fail_with('db', 'check')
        self.assertIn('cell cell1', err)
        self.assertIn('column vgpus in compute_nodes:', err)

    def test_local_cell(self):
        self.succeed('db', 'sync', '--local_cell')
        self.succeed('db', 'check', '--local_cell')

    def test_no_cell_is_mapped(self):
        for uuid in (base.CELL0_UUID, base.CELL1_UUID):
            self.unmap(uuid)
        err = self.fail_with('db', 'check')
        self.assertIn('The configured database', err)


class TestCapacityList(CommandTestCase):
    def setUp(self):
        super().setUp()
        self.succeed('db', 'sync')

    def rows(self, *args):
        """The cells of the table's rows."""
        return _cells(self.succeed('capacity', 'list', *args))

    def test_table(self):
        self.add_node('b', base.books())
        self.add_node('a', base.books())
        self.assertEqual(
            [
                ['host', 'model', 'max', 'used', 'free'],
                ['a', 'Big', '2', '0', '0'],
                ['a', 'Small', '8', '1', '7'],
                ['b', 'Big', '2', '0', '0'],
                ['b', 'Small', '8', '1', '7'],
            ],
            self.rows(),
        )

    def test_json(self):
        self.add_node('a', base.books())
        self.assertEqual(
            {
                'host': 'a',
                'model': 'Small',
                'max': 8,
                'used': 1,
                'free': 7,
                'updated_at': '2026-01-02T03:04:05+00:00',
            },
            json.loads(self.succeed('capacity', 'list', '-f', 'json'))[1],
        )

    def test_time_of_the_last_update(self):
        later = base.SAVED.replace(year=2027)
        self.add_node('a', base.books(), updated_at=later)
        listed = json.loads(self.succeed('capacity', 'list', '-f', 'json'))
        self.assertEqual('2027-01-02T03:04:05+00:00', listed[0]['updated_at'])

    def test_one_host(self):
        self.add_node('a', base.books())
        self.add_node('b', base.books())
        hosts = [row[0] for row in self.rows('--host', 'b')[1:]]
        self.assertEqual(['b', 'b'], hosts)

    def test_unknown_host(self):
        self.add_node('a', base.books())
        self.assertEqual(
            'No compute host x was found.\n',
            self.fail_with('capacity', 'list', '--host', 'x'),
        )

    def test_deleted_node(self):
        self.add_node('a', base.books(), deleted=1)
        self.assertEqual('[]', self.json_text())

    def test_host_without_vgpus(self):
        self.add_node('a')
        self.assertEqual('[]', self.json_text())
        self.assertEqual('[]', self.json_text('--host', 'a'))

    def json_text(self, *args):
        return self.succeed('capacity', 'list', '-f', 'json', *args).strip()

    def test_unreadable_host(self):
        self.add_node('bad', 'garbage')
        self.add_node('good', base.books())
        code, out, err = self.run_command('capacity', 'list')
        self.assertEqual(0, code)
        self.assertIn('Host bad is left out', err)
        self.assertEqual(1, len(err.splitlines()))
        self.assertEqual(2, out.count('good'))

    def test_all_cells(self):
        self.map_cell('cell2', CELL2_UUID)
        with open(self.path('cell1'), 'rb') as source:
            with open(self.path('cell2'), 'wb') as copy:
                copy.write(source.read())
        self.add_node('a', base.books(), 'cell2')
        self.add_node('b', base.books(), 'cell1')
        self.assertEqual(
            ['a', 'a', 'b', 'b'], [row[0] for row in self.rows()[1:]]
        )

    def test_cell_that_is_down(self):
        self.map_cell('nowhere/cell2', CELL2_UUID)
        self.add_node('a', base.books())
        code, out, err = self.run_command('capacity', 'list')
        self.assertEqual(1, code)
        self.assertEqual(3, len(_cells(out)))
        self.assertIn('cell nowhere/cell2', err)
        self.assertIn('unable to open database file', err)

    def test_cell_without_the_column(self):
        migration.downgrade(self.engine())
        _, _, err = self.run_command('capacity', 'list')
        self.assertIn('cell cell1', err)
        self.assertIn('nova-vgpu-manage db sync', err)

    def test_cell0_is_not_needed(self):
        os.remove(self.path('cell0'))
        self.assertEqual('[]', self.json_text())


def _cells(table):
    """The cells of a table's rows, its head first."""
    return [
        [cell.strip() for cell in line.strip('|').split('|')]
        for line in table.splitlines()
        if line.startswith('|')
    ]
