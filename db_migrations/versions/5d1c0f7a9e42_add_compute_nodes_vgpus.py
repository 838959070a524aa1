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

"""Add vgpus to compute_nodes and shadow_compute_nodes

Revision ID: 5d1c0f7a9e42
Revises:
Create Date: 2026-11-21 08:00:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = '5d1c0f7a9e42'
down_revision = None
branch_labels = None
depends_on = None

# Nova archives a deleted compute node with all its columns, into a table that
# must have them too.
TABLES = ('compute_nodes', 'shadow_compute_nodes')


def _has_column(table):
    columns = sa.inspect(op.get_bind()).get_columns(table)
    return 'vgpus' in (column['name'] for column in columns)


def upgrade():
    for table in TABLES:
        if not _has_column(table):
            op.add_column(table, sa.Column('vgpus', sa.Text, nullable=True))


def downgrade():
    """Drop the column with its contents; nova-compute reports them anew.

    Stop every process that has the extension loaded first: it would name the
    missing column in each query.
    """
    for table in TABLES:
        if _has_column(table):
            op.drop_column(table, 'vgpus')
