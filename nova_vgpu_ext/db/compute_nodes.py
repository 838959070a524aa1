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

"""The part of a cell's table of compute nodes that is about vGPUs.

Narrow on purpose: a row has much more, and in other Nova releases other
columns.
"""

import datetime

import sqlalchemy as sa

TABLE = sa.table(
    'compute_nodes',
    sa.column('host', sa.String),
    sa.column('uuid', sa.String),
    sa.column('vgpus', sa.Text),
    sa.column('created_at', sa.DateTime),
    sa.column('updated_at', sa.DateTime),
    sa.column('deleted', sa.Integer),
)
HAS_VGPUS = TABLE.c.vgpus.is_not(None)


def query(hosts=None, columns=(TABLE,)):
    """A select of the nodes that there are.

    :param hosts: names of the hosts of which they are to be; all if None.
        There is an index for these.
    """
    of_hosts = TABLE.c.host.is_not(None)
    if hosts is not None:
        of_hosts = TABLE.c.host.in_(hosts)
    return sa.select(*columns).where(TABLE.c.deleted == 0, of_hosts)


def saved_at(row):
    """When the node of a row last reported, in UTC."""
    saved = row.updated_at or row.created_at or datetime.datetime.min
    return saved.replace(tzinfo=datetime.UTC)
