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

import concurrent.futures
import os

import fixtures
import sqlalchemy as sa
from oslotest import base
from sqlalchemy import event

from nova_vgpu_ext.sandbox import sqlite

THREADS, TIMES = 4, 25


def oslo_db_begins(connection):
    connection.exec_driver_sql('BEGIN')


class SQLiteTest(base.BaseTestCase):
    """On an engine that begins transactions as oslo.db's do."""

    def setUp(self):
        super().setUp()
        folder = self.useFixture(fixtures.TempDir()).path
        self.engine = sa.create_engine(
            f'sqlite:///{os.path.join(folder, "x.db")}',
            connect_args={'isolation_level': None},
        )
        self.addCleanup(self.engine.dispose)
        event.listen(self.engine, 'connect', sqlite.set_pragmas)
        event.listen(self.engine, 'begin', oslo_db_begins)
        event.listen(
            self.engine,
            'before_cursor_execute',
            sqlite.begin_late,
            retval=True,
        )
        with self.engine.begin() as connection:
            self.run_sql(connection, 'CREATE TABLE t (n INTEGER)')
            self.run_sql(connection, 'INSERT INTO t VALUES (0)')

    def run_sql(self, connection, statement):
        return connection.execute(sa.text(statement))

    def value(self):
        with self.engine.begin() as connection:
            return self.run_sql(connection, 'SELECT n FROM t').scalar()

    def read_then_write(self, _):
        for _ in range(TIMES):
            with self.engine.begin() as connection:
                self.run_sql(connection, 'SELECT n FROM t').scalar()
                self.run_sql(connection, 'UPDATE t SET n = n + 1')

    def test_readers_that_write_do_not_lock_each_other_out(self):
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(self.read_then_write, range(THREADS)))
        self.assertEqual(THREADS * TIMES, self.value())

    def test_rollback(self):
        with self.engine.connect() as connection:
            transaction = connection.begin()
            self.run_sql(connection, 'UPDATE t SET n = 5')
            transaction.rollback()
        self.assertEqual(0, self.value())

    def test_reading_begins_no_transaction(self):
        with self.engine.begin() as connection:
            self.run_sql(connection, 'SELECT n FROM t')
            raw = connection.connection.dbapi_connection
            self.assertFalse(raw.in_transaction)
            self.run_sql(connection, 'UPDATE t SET n = 5')
            self.assertTrue(raw.in_transaction)

    def test_pragmas(self):
        with self.engine.connect() as connection:
            mode = self.run_sql(connection, 'PRAGMA journal_mode').scalar()
        self.assertEqual('wal', mode)

    def test_install(self):
        with fixtures.MockPatchObject(sqlite.event, 'listen') as patched:
            sqlite.install()
        listeners = [call.args[2] for call in patched.mock.mock_calls]
        self.assertEqual([sqlite.set_pragmas, sqlite.begin_late], listeners)

    def test_other_databases_are_left_alone(self):
        sqlite.set_pragmas(object(), None)
        postgresql = sa.create_mock_engine('postgresql://', None)
        self.assertEqual(
            ('BEGIN', ()),
            sqlite.begin_late(postgresql, None, 'BEGIN', (), None, False),
        )
