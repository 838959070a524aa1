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

"""What compute nodes have reported, read from the databases of all cells."""

import datetime
import typing

import webob.exc
from nova import context as nova_context
from nova.db.main import api as main_db_api
from oslo_log import log as logging

from nova_vgpu_ext import capacity
from nova_vgpu_ext import exception
from nova_vgpu_ext.db import compute_nodes
from nova_vgpu_ext.objects import compute_node

LOG = logging.getLogger(__name__)

NO_ANSWER = 'The database of the cell does not answer: try again later.'


class Report(typing.NamedTuple):
    """The last report of one compute node.

    :ivar updated_at: when it was made, in UTC
    :ivar books: its HostVGPUs, None if it reports none
    :ivar problem: a sentence that says why they can't be read, or None
    """

    host: str
    updated_at: datetime.datetime
    books: capacity.HostVGPUs | None = None
    problem: str | None = None


class Found(typing.NamedTuple):
    """What the cells answered.

    :ivar all_answered: whether it is all that there is
    """

    items: list
    all_answered: bool


def hosts(context):
    """Found names of all hosts that report vGPUs, sorted."""
    # Sorted here, since databases differ in how they compare texts.
    query = compute_nodes.query(columns=[compute_nodes.TABLE.c.host])
    found = _everywhere(context, query.where(compute_nodes.HAS_VGPUS))
    names = sorted({row.host for row in found.items})
    return found._replace(items=names)


def of(context, hosts=None, without_vgpus=False):
    """Found Reports, sorted by host.

    :param hosts: only of these; of all if None
    :param without_vgpus: also of nodes that report none
    """
    query = compute_nodes.query(hosts)
    if not without_vgpus:
        query = query.where(compute_nodes.HAS_VGPUS)
    found = _everywhere(context, query)
    rows = sorted(found.items, key=lambda row: (row.host, row.uuid))
    return found._replace(items=[_report(row) for row in rows])


def _report(row):
    books = compute_node.books(row.uuid, row.vgpus)
    problem = None
    if books is None and row.vgpus is not None:
        problem = _problem(row.vgpus)
    saved_at = compute_nodes.saved_at(row)
    return Report(row.host, saved_at, books, problem)


def _problem(text):
    try:
        capacity.HostVGPUs.from_json(text)
    except capacity.InvalidVGPUs as error:
        return f"What the host reported of its vGPUs can't be read: {error}."


def _everywhere(context, query):
    """Found rows of all cells that answer in time.

    :raises HTTPServiceUnavailable: if none does
    """
    # Nova puts no compute nodes into cell0.
    answers = nova_context.scatter_gather_skip_cell0(context, _rows, query)
    failed = {
        cell: answer
        for cell, answer in answers.items()
        if nova_context.is_cell_failure_sentinel(answer)
    }
    for cell, failure in failed.items():
        LOG.warning(
            'The vGPUs of cell %s are left out: %s', cell, _told(failure)
        )
    if failed and len(failed) == len(answers):
        raise webob.exc.HTTPServiceUnavailable(
            explanation=_told(*failed.values())
        )
    rows = [
        row
        for cell, answer in answers.items()
        if cell not in failed
        for row in answer
    ]
    return Found(rows, not failed)


def _told(*failures):
    """A sentence about failures of cells, of which Nova logs the details."""
    for failure in failures:
        if isinstance(failure, exception.ColumnMissing):
            return str(failure)
    return NO_ANSWER


@main_db_api.pick_context_manager_reader
def _rows(context, query):
    return context.session.execute(query).all()
