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
"""How a host's books get into the column ``vgpus``, and what if it lacks."""

import re

import sqlalchemy as sa
from sqlalchemy import event

from nova_vgpu_ext import capacity
from nova_vgpu_ext import exception

_MISSING = re.compile(
    r'no such column: (\w+\.)?vgpus$'  # SQLite, reading
    r'|has no column named vgpus$'  # SQLite, writing
    r"|Unknown column '(\w+\.)*vgpus'"  # MySQL and MariaDB
    r'|column ("vgpus" of relation "\w+"|(\w+\.)?"?vgpus"?) '  # PostgreSQL
    'does not exist'
)


class VGPUsText(sa.types.TypeDecorator):
    """A Text column that takes HostVGPUs; what is read stays text.

    Only the compute node object knows what to do about a text that it
    can't read, so it is not parsed here.
    """

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value, dialect):
        if isinstance(value, capacity.HostVGPUs):
            return value.to_json()
        return value


def explain_absence():
    """Let a query that misses the column fail with what mends it."""
    if not event.contains(sa.Engine, 'handle_error', _explain):
        event.listen(sa.Engine, 'handle_error', _explain)


def _explain(context):
    """Each database says in its own words that a column is unknown."""
    if isinstance(
        context.sqlalchemy_exception,
        (sa.exc.OperationalError, sa.exc.ProgrammingError),
    ) and _MISSING.search(str(context.original_exception)):
        raise exception.ColumnMissing() from context.original_exception
