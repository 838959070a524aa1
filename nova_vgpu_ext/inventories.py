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

"""What Placement is told of the books of a host.

Placement keeps a counter for each resource class, and knows nothing of what
models do to each other. So each canonical key is a class whose inventory
says as much as the books do now: what is left of it is what is free, less
what schedulers have given out that hasn't reached the host yet.
"""

import collections
import typing

from nova_vgpu_ext import names


class Inventory(typing.NamedTuple):
    """Of one resource class: Placement gives out total - reserved."""

    total: int
    reserved: int


def inventories(books, allocated, stale=None):
    """What the books of a host are to Placement.

    An allocation counts for its owner's claim, as far as there is one. What
    is allocated beyond that is on its way here, or will soon be gone, and
    nobody else can have it until then.

    :param books: HostVGPUs
    :param allocated: {owner: {canonical key: count}} of all allocations,
        where those of a migration are its instance's
    :param stale: the same of those for which no claim will ever come
    :returns: {canonical key: Inventory}; a class that somebody has an
        allocation of is never left out, since Placement doesn't remove it
    """
    counted = _counted(books, allocated)
    for counts in (stale or {}).values():
        counted.update(counts)
    keys = {key for has in allocated.values() for key in has}
    keys.update(claim.key for claim in books.claims)
    for identifier, most in books.most.items():
        if most:
            keys.update(books.names.keys_of(identifier))
    return {key: _inventory(books, key, counted[key]) for key in keys}


def merged(present, books, allocated, stale=None):
    """All inventories of a provider, with ours as they should be.

    :param present: {resource class: inventory}, as Placement has them
    :param books: and the others: as of inventories
    """
    former = names.of_vgpus(present)
    others = {name: present[name] for name in present if name not in former}
    wanted = inventories(books, allocated, stale)
    return others | {key: _for_placement(one) for key, one in wanted.items()}


def _for_placement(inventory):
    return {
        'total': inventory.total,
        'reserved': inventory.reserved,
        'min_unit': 1,
        'max_unit': inventory.total,
        'step_size': 1,
        'allocation_ratio': 1.0,
    }


def lacking(books, allocated):
    """{owner: Counter of canonical keys}, of claims without an allocation.

    :param allocated: as of inventories
    """
    found = {}
    for owner, claims in books.claimed.items():
        missing = claims - collections.Counter(allocated.get(owner, {}))
        if missing:
            found[owner] = missing
    return found


def excess(books, allocated):
    """{owner: Counter of canonical keys}, of what nobody has claimed yet.

    :param allocated: as of inventories
    """
    nothing = collections.Counter()
    found = {
        owner: collections.Counter(has) - books.claimed.get(owner, nothing)
        for owner, has in allocated.items()
    }
    return {owner: more for owner, more in found.items() if more}


def arriving(books, used):
    """Counter of canonical keys, of what is allocated and not claimed yet.

    Claims without an allocation hide as many as they are.

    :param used: {canonical key: count} of all allocations
    """
    claimed = sum(books.claimed.values(), collections.Counter())
    return collections.Counter(used) - claimed


def _counted(books, allocated):
    """Counter of the claims of each key that have an allocation."""
    counted = collections.Counter()
    for owner, claims in books.claimed.items():
        counted += claims & collections.Counter(allocated.get(owner, {}))
    return counted


def _inventory(books, key, counted):
    free = books.free_of(key)
    most = sum(books.most[model] for model in books.names.models_of(key))
    # Placement has no inventory of nothing: all of one is reserved instead.
    total = max(1, most, free + counted)
    return Inventory(total, total - free - counted)
