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

"""Nova's main databases, and clear words for what fails on the way to them."""

import contextlib
import dataclasses
import typing

import nova.conf
import oslo_messaging
from alembic import util as alembic_util
from nova import context as nova_context
from nova.db.main import api as main_db_api
from nova.objects import cell_mapping
from oslo_db import exception as db_exc
from sqlalchemy import exc as sqla_exc

from nova_vgpu_ext.db import migration
from nova_vgpu_ext.db import urls

CONF = nova.conf.CONF

USING = (
    db_exc.DBError,
    sqla_exc.SQLAlchemyError,
    alembic_util.CommandError,
    migration.NotNovaDatabase,
)
# ValueError: a URL whose port is no number. ImportError: its driver isn't
# installed.
OPENING = (*USING, ValueError, ImportError)


class DatabaseProblem(Exception):
    """One sentence on a database that can't be used; holds no password."""


@dataclasses.dataclass(frozen=True)
class Database:
    """One main database of Nova's.

    :ivar name: what to call it before a user
    :ivar url: its SQLAlchemy URL, with the password, never to be shown
    :ivar mapping: Nova's CellMapping, None for ``[database] connection``
    :ivar synced: whether a plain ``nova-vgpu-manage db sync`` reaches it
    """

    name: str
    url: str = dataclasses.field(repr=False)
    mapping: typing.Any = dataclasses.field(default=None, repr=False)
    synced: bool = True

    @property
    def title(self):
        place = urls.place(self.url)
        return f'{self.name} ({place})' if place else self.name

    @property
    def is_cell0(self):
        return self.mapping is not None and self.mapping.is_cell0()

    @property
    def remedy(self):
        """The command that gives this database the column."""
        if self.synced:
            return 'run `nova-vgpu-manage db sync`'
        return (
            'run `nova-vgpu-manage db sync --local_cell` with a nova.conf '
            "whose [database] connection is this cell's"
        )

    @contextlib.contextmanager
    def engine(self):
        """Yield the database's engine.

        :raises DatabaseProblem: in place of any error of the database's, also
            one from the caller's work with the engine
        """
        admin = nova_context.get_admin_context()
        try:
            with nova_context.target_cell(admin, self.mapping) as target:
                engine = main_db_api.get_engine(context=target)
        except oslo_messaging.MessagingException as error:
            # Nova opens the cell's bus beside it. The error's text may quote
            # the URL with its password.
            raise DatabaseProblem(
                f"{self.title} can't be used: its transport URL is not valid."
            ) from error
        except OPENING as error:
            raise self.problem(error) from error
        try:
            yield engine
        except USING as error:
            raise self.problem(error) from error

    def problem(self, error):
        """Return the DatabaseProblem that an error of the database's is."""
        reason = urls.reason(error, self.url)
        return DatabaseProblem(f"{self.title} can't be used: {reason}.")


def configured():
    """Return the Database that ``[database] connection`` names.

    :raises DatabaseProblem: the option isn't set
    """
    url = _connection('database')
    return Database('The configured database', url)


@contextlib.contextmanager
def api_errors():
    """Work with Nova's API database inside this.

    :raises DatabaseProblem: in place of any error of that database's
    """
    api = Database("Nova's API database", _connection('api_database'))
    try:
        yield
    except OPENING as error:
        raise api.problem(error) from error


def mapped():
    """Return the Databases of all cells that Nova knows, cell0 first.

    :raises DatabaseProblem: Nova's API database can't be read
    """
    with api_errors():
        mappings = cell_mapping.CellMappingList.get_all(
            nova_context.get_admin_context()
        )
    cells = [_of_mapping(mapping) for mapping in mappings]
    return sorted(cells, key=lambda cell: not cell.is_cell0)


def everywhere():
    """Return the mapped Databases and the configured one if it is another.

    :raises DatabaseProblem: no database can be found
    """
    databases = mapped()
    url = CONF.database.connection
    known = {database.url for database in databases}
    if not databases or (url and url not in known):
        databases.append(configured())
    return databases


def _of_mapping(mapping):
    name = mapping.name or mapping.uuid
    url = mapping.database_connection
    local = mapping.is_cell0() or url == CONF.database.connection
    title = 'cell0' if mapping.is_cell0() else f'cell {name}'
    return Database(title, url, mapping, synced=local)


def _connection(group):
    url = CONF[group].connection
    if url:
        return url
    raise DatabaseProblem(
        f"[{group}] connection isn't set: set it in nova.conf, or name the "
        'file that has it with --config-file.'
    )
