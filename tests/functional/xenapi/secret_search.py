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

"""The search for secrets in all that Nova writes down or tells."""

import base64

import sqlalchemy
from nova import context
from nova.db.api import api as api_db
from nova.db.main import api as main_db


def found(case, secrets):
    """Names of the places where one of the secrets stands.

    :param case: a XenServerTestCase
    :param secrets: texts
    """
    forms = [form for secret in secrets for form in _forms(secret)]
    return [
        place
        for place, text in _places(case)
        if any(form in text for form in forms)
    ]


def _forms(secret):
    """A secret, also as it stands in URLs and in headers."""
    core = secret.removeprefix('OpaqueRef:')
    yield core
    yield base64.b64encode(f'root:{core}'.encode()).decode()


def _places(case):
    yield 'log', '\n'.join(case.log.lines)
    # Those that go out by the message bus.
    yield 'notifications', str(case.notifier.notifications)
    yield 'versioned notifications', str(case.notifier.versioned_notifications)
    yield from _tables(api_db.get_engine())
    context.load_cells()
    for cell in context.CELLS:
        with context.target_cell(case.ctxt, cell) as there:
            yield from _tables(main_db.get_engine(context=there))


def _tables(engine):
    """All rows that there are: faults, events of actions, consoles, …"""
    with engine.connect() as connection:
        for table in sqlalchemy.inspect(engine).get_table_names():
            rows = connection.exec_driver_sql(f'SELECT * FROM "{table}"')
            yield table, str(rows.fetchall())
