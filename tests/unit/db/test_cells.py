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


from unittest import mock

import nova.conf
import oslo_messaging
from nova.db.main import api as main_db_api
from nova.objects import cell_mapping
from oslo_config import fixture as config_fixture
from oslo_db import exception as db_exc
from oslo_utils.fixture import uuidsentinel as uuids
from oslotest import base

from nova_vgpu_ext.db import cells
from nova_vgpu_ext.db import migration

LOCAL = 'mysql://nova:s3cret@db1/nova'
FAR = 'mysql://nova:s3cret@db2/nova'


def _mapping(name, url, uuid=uuids.cell):
    return cell_mapping.CellMapping(
        name=name, uuid=uuid, database_connection=url, transport_url='none:///'
    )


CELL0 = _mapping('cell0', FAR, cell_mapping.CellMapping.CELL0_UUID)


class CellsTestCase(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.conf = self.useFixture(config_fixture.Config(nova.conf.CONF))
        self.set_url('database', LOCAL)
        self.set_url('api_database', LOCAL)
        self.get_all = self.patch(
            cell_mapping.CellMappingList, 'get_all', return_value=[]
        )

    def patch(self, owner, name, **kwargs):
        patcher = mock.patch.object(owner, name, **kwargs)
        self.addCleanup(patcher.stop)
        return patcher.start()

    def set_url(self, group, url):
        self.conf.config(connection=url, group=group)

    def problem(self, function):
        """The sentence with which a function gives up."""
        return str(self.assertRaises(cells.DatabaseProblem, function))


class TestFinding(CellsTestCase):
    def test_configured(self):
        self.assertEqual(
            'The configured database (mysql://db1/nova)',
            cells.configured().title,
        )

    def test_configured_unset(self):
        self.set_url('database', None)
        self.assertIn('[database] connection', self.problem(cells.configured))

    def test_mapped_puts_cell0_first(self):
        self.get_all.return_value = [_mapping('a', FAR), CELL0]
        self.assertEqual(
            ['cell0', 'cell a'], [cell.name for cell in cells.mapped()]
        )

    def test_mapped_without_a_name(self):
        self.get_all.return_value = [_mapping(None, FAR)]
        self.assertEqual(f'cell {uuids.cell}', cells.mapped()[0].name)

    def test_mapped_without_api_database(self):
        self.set_url('api_database', None)
        self.assertIn('[api_database] connection', self.problem(cells.mapped))

    def test_mapped_from_a_broken_api_database(self):
        self.get_all.side_effect = db_exc.DBConnectionError('s3cret is wrong')
        self.assertEqual(
            "Nova's API database (mysql://db1/nova) can't be used: *** is "
            'wrong.',
            self.problem(cells.mapped),
        )

    def test_everywhere_without_cells(self):
        self.assertEqual([cells.configured()], cells.everywhere())

    def test_everywhere_names_no_database_twice(self):
        self.get_all.return_value = [_mapping('a', LOCAL)]
        self.assertEqual(1, len(cells.everywhere()))

    def test_everywhere_adds_an_unmapped_one(self):
        self.get_all.return_value = [_mapping('a', FAR)]
        self.assertEqual(2, len(cells.everywhere()))

    def test_everywhere_without_configured(self):
        self.set_url('database', None)
        self.get_all.return_value = [_mapping('a', FAR)]
        self.assertEqual(1, len(cells.everywhere()))


class TestDatabase(CellsTestCase):
    def remedy(self, mapping):
        self.get_all.return_value = [mapping]
        return cells.mapped()[0].remedy

    def test_remedy_of_a_cell_at_hand(self):
        expected = 'run `nova-vgpu-manage db sync`'
        self.assertEqual(expected, self.remedy(CELL0))
        self.assertEqual(expected, self.remedy(_mapping('a', LOCAL)))

    def test_remedy_of_a_far_cell(self):
        self.assertIn('--local_cell', self.remedy(_mapping('a', FAR)))

    def test_shows_no_password(self):
        self.assertNotIn('s3cret', repr(cells.configured()))

    def use(self, error=None):
        with cells.configured().engine():
            raise error

    def test_engine(self):
        get_engine = self.patch(main_db_api, 'get_engine')
        with cells.configured().engine() as engine:
            self.assertIs(get_engine.return_value, engine)

    def test_bad_transport_url(self):
        error = oslo_messaging.InvalidTransportURL('s3cret', 's3cret')
        self.patch(main_db_api, 'get_engine', side_effect=error)
        self.assertEqual(
            "The configured database (mysql://db1/nova) can't be used: its "
            'transport URL is not valid.',
            self.problem(self.use),
        )

    def test_no_driver(self):
        error = ImportError('No module named x')
        self.patch(main_db_api, 'get_engine', side_effect=error)
        self.assertIn('No module named x', self.problem(self.use))

    def test_error_in_use(self):
        self.patch(main_db_api, 'get_engine')
        error = migration.NotNovaDatabase('it has no table x')
        self.assertIn(
            'it has no table x', self.problem(lambda: self.use(error))
        )

    def test_hides_no_bug_of_the_user(self):
        self.patch(main_db_api, 'get_engine')
        self.assertRaises(ValueError, self.use, ValueError())
