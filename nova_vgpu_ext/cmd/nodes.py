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

"""The compute nodes of all cells, as their last reports have them."""

import datetime
import typing

from nova_vgpu_ext.cmd import database
from nova_vgpu_ext.db import cells
from nova_vgpu_ext.db import compute_nodes


class Node(typing.NamedTuple):
    """One compute node.

    :ivar vgpus: the text of its books, None without GPUs
    :ivar saved_at: when it last reported, in UTC
    :ivar cell: where it is
    """

    host: str
    vgpus: str | None
    saved_at: datetime.datetime
    uuid: str
    cell: cells.Database


def everywhere(host=None):
    """(Nodes by host, a sentence for each thing that is wrong)

    :param host: only the nodes of this one; that it isn't there is wrong,
        as is a cell that can't be read
    """
    found, problems = [], []
    for cell in cells.mapped():
        # Nova puts no compute nodes into cell0.
        if not cell.is_cell0:
            try:
                found.extend(_nodes(cell, host))
            except cells.DatabaseProblem as problem:
                problems.append(str(problem))
    if host is not None and not found:
        problems.append(f'No compute host {host} was found.')
    return sorted(found, key=lambda node: node.host), problems


def _nodes(cell, host):
    lacking = database.finding(cell)
    if lacking:
        raise cells.DatabaseProblem(lacking)
    query = compute_nodes.query(None if host is None else [host])
    with cell.engine() as engine, engine.connect() as connection:
        return [_node(cell, row) for row in connection.execute(query)]


def _node(cell, row):
    saved = compute_nodes.saved_at(row)
    return Node(row.host, row.vgpus, saved, row.uuid, cell)
