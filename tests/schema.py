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

"""Let the databases of Nova's test fixtures have our column."""

import sys
import types

from nova.db import migration as nova_migration
from nova.db.main import api as main_db_api
from nova.tests import fixtures as nova_fixtures  # noqa: F401

from nova_vgpu_ext.db import migration


def _db_sync(database='main', version=None, context=None):
    """Make the schema that Nova's fixture keeps for all tests, and ours."""
    nova_migration.db_sync(database=database, version=version)
    if database == 'main':
        migration.upgrade(main_db_api.get_engine(context=context))


def add_column():
    """To the databases that are made from now on in this process."""
    # The name nova.tests.fixtures.nova is nova itself, by an import there.
    fixtures = sys.modules['nova.tests.fixtures.nova']
    fixtures.migration = types.SimpleNamespace(db_sync=_db_sync)
