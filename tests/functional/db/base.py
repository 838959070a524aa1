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


"""Databases as nova-manage leaves them, in SQLite files."""

import datetime
import functools
import os
import pathlib
import tempfile
from unittest import mock

import fixtures
import nova.conf
import sqlalchemy as sa
from nova import context as nova_context
from nova.db import migration as nova_migration
from nova.db.api import api as api_db_api
from nova.db.main import api as main_db_api
from nova.objects import cell_mapping
from oslo_config import fixture as config_fixture
from oslo_db.sqlalchemy import enginefacade
from oslo_db.sqlalchemy import test_fixtures
from oslo_messaging import conffixture
from oslotest import base

from nova_vgpu_ext import capacity

CONF = nova.conf.CONF
CELL0_UUID = cell_mapping.CellMapping.CELL0_UUID
CELL1_UUID = '7cf0be27-0f5d-4b0e-9a39-4b6e1a7a0c11'
SAVED = datetime.datetime(2026, 1, 2, 3, 4, 5)

# What Nova's schema insists on.
NODE = dict.fromkeys(
    (
        'vcpus',
        'memory_mb',
        'local_gb',
        'vcpus_used',
        'memory_mb_used',
        'local_gb_used',
        'hypervisor_version',
        'deleted',
    ),
    0,
) | {'hypervisor_type': 'fake', 'cpu_info': '', 'created_at': SAVED}


class Facades(fixtures.Fixture):
    """Let Nova open its databases anew, and forget them afterwards."""

    def _setUp(self):
        for api in (main_db_api, api_db_api):
            self.useFixture(
                test_fixtures.ReplaceEngineFacadeFixture(
                    api.context_manager, enginefacade.transaction_context()
                )
            )
            api.configure(CONF)
        cache = mock.patch.object(nova_context, 'CELL_CACHE', {})
        cache.start()
        self.addCleanup(cache.stop)


@functools.cache
def _template(database):
    """The bytes of a database file with Nova's schema, made once."""
    group = 'api_database' if database == 'api' else 'database'
    with (
        tempfile.TemporaryDirectory() as directory,
        config_fixture.Config(CONF) as conf,
    ):
        path = pathlib.Path(directory, database)
        conf.config(connection=f'sqlite:///{path}', group=group)
        with Facades():
            nova_migration.db_sync(database=database)
        return path.read_bytes()


class DatabaseTestCase(base.BaseTestCase):
    """Has an API database, cell0 and cell1, which is the configured one."""

    def setUp(self):
        super().setUp()
        self.directory = self.useFixture(fixtures.TempDir()).path
        for name in ('api', 'cell0', 'cell1'):
            schema = _template('api' if name == 'api' else 'main')
            pathlib.Path(self.path(name)).write_bytes(schema)
        self.conf = self.useFixture(config_fixture.Config(CONF))
        self.conf.config(connection=self.url('cell1'), group='database')
        self.conf.config(connection=self.url('api'), group='api_database')
        self.useFixture(conffixture.ConfFixture(CONF))
        self.useFixture(Facades())
        self.admin = nova_context.get_admin_context()
        self.map_cell('cell0', CELL0_UUID)
        self.map_cell('cell1', CELL1_UUID)

    def path(self, name):
        return os.path.join(self.directory, name)

    def url(self, name):
        return f'sqlite:///{self.path(name)}'

    def map_cell(self, name, uuid):
        mapping = cell_mapping.CellMapping(
            self.admin,
            name=name,
            uuid=uuid,
            database_connection=self.url(name),
            transport_url='none:///',
        )
        mapping.create()
        return mapping

    def engine(self, name='cell1'):
        """An engine of the test's own."""
        engine = sa.create_engine(self.url(name))
        self.addCleanup(engine.dispose)
        return engine

    def execute(self, statement, name='cell1', **parameters):
        with self.engine(name).begin() as connection:
            connection.execute(sa.text(statement), parameters)

    def add_node(self, host, vgpus=None, name='cell1', **values):
        """Give a cell a compute node, past Nova."""
        values = NODE | {'host': host, 'vgpus': vgpus} | values
        self.execute(
            f'INSERT INTO compute_nodes ({", ".join(values)}) '
            f'VALUES (:{", :".join(values)})',
            name,
            **values,
        )


def books():
    """The JSON of a host with a card for 2 big vGPUs or 8 small ones."""
    models = frozenset(('big', 'small'))
    return capacity.HostVGPUs(
        models=(
            capacity.Model('big', 'Big', size=4, limit=2),
            capacity.Model('small', 'Small', size=1, limit=8),
        ),
        groups=(capacity.Group('group'),),
        pgpus=(capacity.PGPU('pgpu', 'group', 8, models),),
        residents=(capacity.Resident('pgpu', 'small', vm='foreign'),),
    ).to_json()
