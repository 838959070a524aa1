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

"""Let many threads write to SQLite without locking each other out.

oslo.db begins every transaction by a plain BEGIN. Once such a transaction
has read, it must upgrade its lock to write, and SQLite refuses that at
once, whatever the timeout, if another writer was faster. So a transaction
begins here when it first writes, and then takes the write lock right away,
waiting its turn.
"""

import sqlite3

from sqlalchemy import engine
from sqlalchemy import event

_READS = ('SELECT', 'PRAGMA', 'EXPLAIN')
_PRAGMAS = (
    # First, as setting the journal's mode may have to wait, too.
    'busy_timeout = 60000',
    'journal_mode = WAL',
    # A sandbox that loses power has lost nothing.
    'synchronous = OFF',
)


def install():
    """Apply this to every engine that is made from now on."""
    event.listen(engine.Engine, 'connect', set_pragmas)
    event.listen(
        engine.Engine, 'before_cursor_execute', begin_late, retval=True
    )


def set_pragmas(connection, record):
    """Prepare a new connection, if it is one to SQLite."""
    if isinstance(connection, sqlite3.Connection):
        for pragma in _PRAGMAS:
            connection.execute(f'PRAGMA {pragma}')


def begin_late(conn, cursor, statement, parameters, context, executemany):
    """Put off BEGIN until the first statement that writes."""
    if conn.dialect.name != 'sqlite':
        return statement, parameters
    if statement == 'BEGIN':
        return 'SELECT 1', ()
    reads = statement.lstrip().upper().startswith(_READS)
    if not reads and not cursor.connection.in_transaction:
        cursor.execute('BEGIN IMMEDIATE')
    return statement, parameters
