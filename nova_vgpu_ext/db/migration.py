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

"""Bring the column ``vgpus`` into a database of Nova's, by Alembic.

The revisions are kept in a version table of their own, so that Nova's chain
of revisions and ours know nothing of each other.

That table's name begins with ``shadow_`` because Nova's archiving passes over
such tables; at any other table that Nova has no model of it ends in a
KeyError, in processes without the extension too. The price: ``nova-manage db
purge`` may empty it. Hence no revision may rely on being run only once.
"""

from importlib import resources

import sqlalchemy as sa
from alembic import command
from alembic import config as alembic_config
from alembic.runtime import migration as alembic_migration
from nova.db.main import api as main_db_api

from nova_vgpu_ext.db import models

SCRIPTS = 'nova_vgpu_ext.db.migrations'
TABLES = ('compute_nodes', 'shadow_compute_nodes')
VERSION_TABLE = 'shadow_nova_vgpu_ext_alembic_version'


class NotNovaDatabase(Exception):
    """The database lacks a table that ``nova-manage db sync`` makes."""


def alembic_conf(connection=None):
    """Return Alembic's configuration for our revisions.

    :param connection: the connection that env.py is to work on
    """
    config = alembic_config.Config()
    # ConfigParser, behind Alembic's Config, reads % as interpolation.
    path = str(resources.files(SCRIPTS)).replace('%', '%%')
    config.set_main_option('script_location', path)
    config.attributes['connection'] = connection
    return config


def lacking(bind):
    """Return the tables that lack the column, as a tuple of names.

    :param bind: engine or connection of a main database of Nova's
    :raises NotNovaDatabase: a table itself is missing
    """
    inspector = sa.inspect(bind)
    for table in TABLES:
        if not inspector.has_table(table):
            raise NotNovaDatabase(
                f'it has no table {table}: run `nova-manage db sync` first'
            )
    return tuple(
        table for table in TABLES if not _has_column(inspector, table)
    )


def _has_column(inspector, table):
    columns = inspector.get_columns(table)
    return models.COLUMN in (column['name'] for column in columns)


def upgrade(engine):
    """Bring a main database of Nova's to our newest revision.

    :raises NotNovaDatabase: ``nova-manage db sync`` hasn't been run on it
    """
    with engine.begin() as connection:
        config = alembic_conf(connection)
        if lacking(connection):
            # The version table may say otherwise, if a table came back from
            # a backup. Revisions are repeatable, so begin at the beginning.
            command.stamp(config, 'base')
        command.upgrade(config, 'head')


def downgrade(engine):
    """Take everything of ours, the column's contents too, out again."""
    with engine.begin() as connection:
        command.downgrade(alembic_conf(connection), 'base')
        connection.execute(sa.text(f'DROP TABLE {VERSION_TABLE}'))


def version(engine):
    """Return the database's revision of ours, None if it has none."""
    with engine.connect() as connection:
        return alembic_migration.MigrationContext.configure(
            connection, opts={'version_table': VERSION_TABLE}
        ).get_current_revision()


def db_sync(context=None):
    """Upgrade the cell that a context targets, as Nova's own db_sync does.

    :param context: see nova.context.target_cell; None means the database of
        ``[database] connection``
    :raises NotNovaDatabase: ``nova-manage db sync`` hasn't been run on it
    """
    upgrade(main_db_api.get_engine(context=context))


def db_version(context=None):
    """Return the revision of the cell that a context targets, or None."""
    return version(main_db_api.get_engine(context=context))
