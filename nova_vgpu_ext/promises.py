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

"""Making and taking back claims.

Books passed in here are capacity.HostVGPUs.
"""

import collections
import dataclasses
import operator

from nova_vgpu_ext import choice
from nova_vgpu_ext import gpus


def made(books, owner, request, like=None):
    """The claims of a request, one a vGPU in device order.

    What runs already, or was claimed before the books were made anew, keeps
    its model and group; the rest goes where it fits best, and where nothing
    fits, to where it may one day.

    :param like: former books of the host, or None
    """
    running = _unclaimed_residents(books, owner)
    former = _former_claims(books, owner, like)
    kept, rest = [], collections.Counter()
    for key in request.keys():
        place = _kept_place(running, former, books.names.models_of(key), key)
        if place:
            kept.append(gpus.Claim(owner, key, *place))
        else:
            rest[key] += 1
    if not rest:
        return tuple(kept)
    if kept:
        books = dataclasses.replace(books, claims=(*books.claims, *kept))
        request = dataclasses.replace(request, items=tuple(rest.items()))
    return (*kept, *_newly_made(books, owner, request))


def _kept_place(running, former, models, key):
    """Where a vGPU of a key runs or was to run; counted down in both lists.

    What runs where another claim of the owner wants it is left to that one.
    """
    promised = collections.Counter(place[1:] for place in former)
    surprising = list((collections.Counter(running) - promised).elements())
    place = (
        _take(surprising, models)
        or _take_key(former, key)
        or _take(list(running), models)
    )
    if place in running:
        running.remove(place)
    return place


def _newly_made(books, owner, request):
    """Claims where they fit best, or at least may one day."""
    places = books.choose(request) or [
        (key, *_anywhere(books, key)) for key in request.keys()
    ]
    return [gpus.Claim(owner, *place) for place in places]


def _unclaimed_residents(books, owner):
    """(identifier, group id) of what runs beyond the owner's claims."""
    groups = _groups(books)
    running = collections.Counter(
        (resident.model, groups[resident.pgpu])
        for resident in books.residents
        if resident.owner == owner
    )
    claimed = collections.Counter(
        (claim.model, claim.group)
        for claim in books.claims
        if claim.owner == owner
    )
    unclaimed = list((running - claimed).elements())
    for model, _ in (claimed - running).elements():
        _take(unclaimed, (model,))
    return unclaimed


def _groups(books):
    return {pgpu.id: pgpu.group for pgpu in books.pgpus}


def _former_claims(books, owner, like):
    """(key, identifier, group id) claimed before, and still possible."""
    if like is None:
        return []
    made_again = collections.Counter(
        claim for claim in books.claims if claim.owner == owner
    )
    former = collections.Counter(
        claim
        for claim in like.claims
        if claim.owner == owner
        and claim.group in books.gpu_groups
        and claim.model in books.gpu_groups[claim.group].models
    )
    return [tuple(claim)[1:] for claim in (former - made_again).elements()]


def _take(running, models):
    for place in running:
        if place[0] in models:
            running.remove(place)
            return place
    return None


def _take_key(places, key):
    for place in places:
        if place[0] == key:
            places.remove(place)
            return place[1:]
    return None


def _anywhere(books, key):
    """Where a model without room may start one day.

    One that the operator holds back stays with those who have it.
    """
    found = choice.options(books, key) or [
        (identifier, group_id)
        for group_id, group in books.gpu_groups.items()
        for identifier in books.names.models_of(key)
        if identifier in group.models
    ]
    return found[0] if found else ('', '')


def without(books, owner, request=None):
    """(claims, residents) after an owner's release of a request, or of all.

    Of equal claims the last go, as ``places`` hands out the first. What the
    last snapshot shows to be running beyond what the owner still has claimed
    goes too: the snapshot is older than the release.
    """
    gone = collections.Counter(dict(request.items) if request else {})
    claims = []
    for claim in reversed(books.claims):
        if claim.owner == owner and (request is None or gone[claim.key] > 0):
            gone[claim.key] -= 1
        else:
            claims.append(claim)
    groups = _groups(books)
    kept = collections.Counter(
        (claim.model, claim.group) for claim in claims if claim.owner == owner
    )
    residents = []
    for resident in books.residents:
        if resident.owner == owner:
            place = resident.model, groups[resident.pgpu]
            kept[place] -= 1
            if kept[place] < 0:
                continue
        residents.append(resident)
    return tuple(claims), tuple(residents)


def pending(books):
    """The claims for which no vGPU of their owner runs.

    An owner may hold claims on one model in two groups, as during a resize
    on the same host: the one in whose group it runs is the one that runs.
    """
    groups = _groups(books)
    running = collections.Counter(
        (resident.owner, resident.model, groups[resident.pgpu])
        for resident in books.residents
    )
    waiting = _unmatched(books.claims, running, ('owner', 'model', 'group'))
    elsewhere = collections.Counter()
    for (owner, model, _), count in running.items():
        elsewhere[owner, model] += count
    return tuple(_unmatched(waiting, elsewhere, ('owner', 'model')))


def _unmatched(claims, running, fields):
    """The claims beyond those that are running, which it counts down."""
    identity = operator.attrgetter(*fields)
    waiting = []
    for claim in claims:
        if running[identity(claim)] > 0:
            running[identity(claim)] -= 1
        else:
            waiting.append(claim)
    return waiting


def places(books, owner, request):
    """(key, identifier, group id) of an owner's claims for a request.

    :returns: one a vGPU in device order; None unless all are claimed
    """
    claimed = [
        tuple(claim)[1:]
        for claim in books.claims
        if claim.owner == owner and claim.group
    ]
    found = [(key, _take_key(claimed, key)) for key in request.keys()]
    if not all(place for _, place in found):
        return None
    return tuple((key, *place) for key, place in found)


def shortages(books):
    """What of Nova's claims can't all run, as tuple of gpus.Shortage."""
    nowhere = [
        gpus.Shortage(claim.key, '', (), ())
        for claim in books.claims
        if not claim.group
    ]
    return tuple(nowhere) + tuple(
        gpus.Shortage(
            books.names.shown(identifier),
            group_id,
            tuple(p.id for p in books.pgpus if p.group == group_id),
            _foreign_vms(books, group_id),
        )
        for group_id, group in books.gpu_groups.items()
        for identifier in group.short_of
    )


def _foreign_vms(books, group_id):
    there = {pgpu.id for pgpu in books.pgpus if pgpu.group == group_id}
    return tuple(
        resident.vm
        for resident in books.residents
        if resident.owner is None and resident.pgpu in there
    )
