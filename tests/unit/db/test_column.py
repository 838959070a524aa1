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

"""The column's type, and the sentence for a database without it."""

import sqlite3
from unittest import mock

import ddt
import sqlalchemy as sa
from oslo_db import exception as db_exception
from oslo_db.sqlalchemy import enginefacade
from oslotest import base

from nova_vgpu_ext import exception
from nova_vgpu_ext.db import column
from tests.unit import factories

METADATA = sa.MetaData()
NODES = sa.Table(
    'compute_nodes',
    METADATA,
    sa.Column('id', sa.Integer, primary_key=True),
    sa.Column('host', sa.Text, unique=True),
    sa.Column('vgpus', column.VGPUsText),
)


def _engine(ddl=None):
    """An engine of oslo.db's, with the table as it is above or by a DDL."""
    facade = enginefacade.transaction_context()
    facade.configure(connection='sqlite://')
    engine = facade.writer.get_engine()
    with engine.begin() as connection:
        if ddl:
            connection.execute(sa.text(ddl))
        else:
            METADATA.create_all(connection)
    return engine


class VGPUsTextTest(base.BaseTestCase):
    def stored(self, value):
        with _engine().begin() as connection:
            connection.execute(NODES.insert().values(vgpus=value))
            return connection.execute(sa.select(NODES.c.vgpus)).scalar()

    def test_books_are_stored_as_their_text(self):
        books = factories.host()
        self.assertEqual(books.to_json(), self.stored(books))

    def test_none_is_stored_as_none(self):
        self.assertIsNone(self.stored(None))

    def test_text_is_left_as_it_is(self):
        self.assertEqual('{garbage', self.stored('{garbage'))


@ddt.ddt
class AbsenceTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        column.explain_absence()
        column.explain_absence()  # a second time changes nothing

    @ddt.data(
        sa.select(NODES),
        NODES.insert().values(vgpus='x'),
        NODES.update().values(vgpus='x'),
        sa.delete(NODES).where(NODES.c.vgpus == 'x'),
    )
    def test_missing_column_says_what_mends_it(self, statement):
        engine = _engine('CREATE TABLE compute_nodes (id INTEGER, host TEXT)')
        with engine.begin() as connection:
            error = self.assertRaises(
                exception.ColumnMissing, connection.execute, statement
            )
        self.assertEqual(
            'The database has no column compute_nodes.vgpus: run '
            '"nova-vgpu-manage db sync" for the database of each cell and '
            'cell0, then try again.',
            error.format_message(),
        )

    @ddt.data(
        ('CREATE TABLE other (id INTEGER)', db_exception.DBNonExistentTable),
        (
            'CREATE TABLE compute_nodes (id INTEGER, vgpus TEXT)',
            sa.exc.OperationalError,
        ),
    )
    @ddt.unpack
    def test_other_things_missing_are_told_as_before(self, ddl, expected):
        with _engine(ddl).begin() as connection:
            self.assertRaises(expected, connection.execute, sa.select(NODES))

    def test_other_errors_are_told_as_before(self):
        with _engine().begin() as connection:
            connection.execute(NODES.insert().values(host='a', vgpus='x'))
            self.assertRaises(
                db_exception.DBDuplicateEntry,
                connection.execute,
                NODES.insert().values(host='a', vgpus='x'),
            )


@ddt.ddt
class OtherDatabasesTest(base.BaseTestCase):
    """As their drivers word it, which are not here to be asked."""

    def explain(self, text, sqlalchemy_error=sa.exc.ProgrammingError):
        original = sqlite3.OperationalError(text)
        column._explain(
            mock.Mock(
                original_exception=original,
                sqlalchemy_exception=sqlalchemy_error('SQL', {}, original),
            )
        )

    @ddt.data(
        "(1054, \"Unknown column 'compute_nodes.vgpus' in 'field list'\")",
        "(1054, \"Unknown column 'vgpus' in 'field list'\")",
        "(1054, \"Unknown column 'compute_nodes_1.vgpus' in 'SELECT'\")",
        'column compute_nodes.vgpus does not exist\nLINE 1: SELECT ...',
        'column "vgpus" of relation "compute_nodes" does not exist\nLINE 1:',
        'no such column: compute_nodes.vgpus',
        'no such column: compute_nodes_1.vgpus',
        'table compute_nodes has no column named vgpus',
    )
    def test_missing_column(self, text):
        for error in (sa.exc.ProgrammingError, sa.exc.OperationalError):
            self.assertRaises(
                exception.ColumnMissing, self.explain, text, error
            )

    @ddt.data(
        "(1054, \"Unknown column 'compute_nodes.mapped' in 'field list'\")",
        '(1049, "Unknown database \'vgpus\'")',
        'database "vgpus" does not exist',
        'role "vgpus" does not exist',
        'relation "compute_nodes" does not exist\n'
        'LINE 1: SELECT compute_nodes.id, compute_nodes.vgpus',
        'column compute_nodes.mapped does not exist\n'
        'LINE 1: SELECT compute_nodes.vgpus, compute_nodes.mapped',
        'column compute_nodes.vgpus_of_others does not exist',
        'no such table: vgpus',
    )
    def test_something_else(self, text):
        self.explain(text)
        self.explain(text, sa.exc.OperationalError)

    def test_other_kind_of_error(self):
        text = 'no such column: compute_nodes.vgpus'
        self.explain(text, sa.exc.IntegrityError)
