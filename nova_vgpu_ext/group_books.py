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
"""From the books of a host to those of one of its groups, without ids."""

import collections

from nova_vgpu_ext import gpu_group
from nova_vgpu_ext import placing


def of(books, group):
    """The GPUGroup of one gpus.Group of a capacity.HostVGPUs."""
    pgpus = _pgpus(books, group)
    ids = {pgpu.id for pgpu in pgpus}
    residents = [r for r in books.residents if r.pgpu in ids]
    slots = _slots(books, pgpus, residents)
    pending = collections.Counter(
        claim.model for claim in books.pending if claim.group == group.id
    )
    present = set(pending).union(
        (resident.model for resident in residents),
        *(slot.models for slot in slots),
    )
    return gpu_group.gpu_group(
        group.algorithm,
        (model for model in books.models if model.identifier in present),
        slots,
        pending.items(),
        _owned(books, group, residents),
    )


def may_take(books, identifier, group):
    """Ids of the pGPUs of a group of which one vGPU would get one now."""
    models = {model.identifier: model for model in books.models}
    if identifier not in models:
        return frozenset()
    pgpus = _pgpus(books, group)
    ids = {pgpu.id for pgpu in pgpus}
    residents = [r for r in books.residents if r.pgpu in ids]
    indexes = placing.preferred(
        _slots(books, pgpus, residents), models[identifier], group.algorithm
    )
    return frozenset(pgpus[index].id for index in indexes)


def _pgpus(books, group):
    return [pgpu for pgpu in books.pgpus if pgpu.group == group.id]


def _slots(books, pgpus, residents):
    models = {model.identifier: model for model in books.models}
    placed = {pgpu.id: collections.Counter() for pgpu in pgpus}
    for resident in residents:
        placed[resident.pgpu][models[resident.model]] += 1
    return [
        placing.Slot(
            pgpu.size,
            pgpu.models,
            pgpu.reserved,
            placing.in_order(placed[pgpu.id]),
        )
        for pgpu in pgpus
    ]


def _owned(books, group, residents):
    """Identifiers of what Nova's instances hold or are promised there."""
    owned = {claim.model for claim in books.claims if claim.group == group.id}
    return owned.union(
        resident.model for resident in residents if resident.owner is not None
    )
