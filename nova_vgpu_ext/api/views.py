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

"""Bodies of answers."""

import collections
import itertools

from nova.api.openstack import common

from nova_vgpu_ext import gpus
from nova_vgpu_ext import names


def totals(all_books):
    """What there is of each model on some nodes together, by model.

    Spellings that mean the same model are one model, whose first is shown.

    :param all_books: of HostVGPUs
    """
    found = {}
    rows = sorted(row for books in all_books for row in books.rows)
    for row in rows:
        key = names.canonical_key(row.model)
        former = found.get(key, gpus.Row(row.model, 0, 0, 0))
        sums = (a + b for a, b in zip(former[1:], row[1:], strict=True))
        found[key] = gpus.Row(former.model, *sums)
    return [row._asdict() for row in found.values()]


def by_host(reports):
    """(host, its Reports) of Reports sorted by host.

    A host has more than one if it manages machines that aren't itself.
    """
    for host, found in itertools.groupby(reports, lambda one: one.host):
        yield host, list(found)


def host(name, reports):
    """A host in a list.

    :param reports: of all its nodes
    """
    updated_at = min(report.updated_at for report in reports)
    problems = [report.problem for report in reports if report.problem]
    return {
        'host': name,
        'updated_at': updated_at.isoformat(),
        'models': totals(_books(reports)),
        'problem': ' '.join(problems) or None,
    }


def host_in_full(name, reports):
    """A host with what is on its physical GPUs, and who holds what."""
    all_books = _books(reports)
    return {
        **host(name, reports),
        'pgpus': [pgpu for books in all_books for pgpu in _pgpus(books)],
        'claims': [claim for books in all_books for claim in _claims(books)],
        'findings': [
            finding._asdict()
            for books in all_books
            for finding in books.findings
        ],
    }


def _books(reports):
    return [report.books for report in reports if report.books is not None]


def _pgpus(books):
    """Sizes are in the hypervisor's own units, for comparison alone."""
    residents = collections.defaultdict(list)
    sizes = {model.identifier: model.size for model in books.models}
    for resident in books.residents:
        vgpu = _vgpu(books, resident, sizes[resident.model])
        residents[resident.pgpu].append(vgpu)
    for pgpu in books.pgpus:
        yield {
            'id': pgpu.id,
            'group': pgpu.group,
            'size': pgpu.size,
            'reserved': pgpu.reserved,
            'models': sorted(map(books.names.shown, pgpu.models)),
            'vgpus': residents[pgpu.id],
        }


def _vgpu(books, resident, size):
    foreign = resident.owner is None
    return {
        'model': books.names.shown(resident.model),
        'size': size,
        'server': resident.owner,
        'vm': resident.vm if foreign else None,
    }


def _claims(books):
    pending = collections.Counter(books.pending)
    for claim in books.claims:
        waits = pending[claim] > 0
        pending[claim] -= waits
        yield {
            'server': claim.owner,
            'model': books.names.shown(claim.model)
            if claim.model
            else claim.key,
            'pending': waits,
        }


class Links(common.ViewBuilder):
    """Where a list goes on, in the manner of Nova's lists."""

    def _get_project_id(self, request):
        return ''  # our paths have none

    def after(self, request, last, path):
        """The links of a page that isn't the last.

        :param last: what the next page comes after
        :param path: of the list, below that of the resource
        """
        return [
            {'rel': 'next', 'href': self._get_next_link(request, last, path)}
        ]
