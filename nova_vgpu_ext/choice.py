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

"""Which groups a request's vGPUs go to.

The hypervisor places a vGPU within a group; the group is ours to choose.
Books passed in here are capacity.HostVGPUs.
"""

import itertools


def choose(books, request, allows):
    """The first spread of a request over the groups that all allow.

    :param allows: function of (GPUGroup, tuple of identifiers)
    :returns: tuple of (key, identifier, group id), one a vGPU in device
        order, or None
    """
    keys = tuple(request.keys())
    choices = {key: options(books, key) for key in set(keys)}
    return _search(books, keys, choices, allows, ())


def options(books, key):
    """(identifier, group id) that a key may mean, the cheapest first."""
    found = [
        (identifier, group_id)
        for group_id, group in books.gpu_groups.items()
        for identifier in books.names.models_of(key)
        if group.offers(identifier)
    ]
    if len(found) < 2:
        return found
    return sorted(
        found,
        key=lambda option: (
            (books.gpu_groups[option[1]].cost(option[:1]),) + option
        ),
    )


def several(books, key):
    """May one VM have any number of what a key means?"""
    models = [
        model
        for model in books.models
        if model.identifier in books.names.models_of(key)
    ]
    return all(one.admits(other) for one in models for other in models)


def _admitted(books, chosen, identifier, group_id):
    """Does the hypervisor let it be in one VM with what was chosen?"""
    model = books.gpu_groups[group_id].models[identifier]
    return all(
        books.gpu_groups[group].models[other].admits(model)
        for _, other, group in chosen
    )


def _search(books, keys, choices, allows, chosen):
    if len(chosen) == len(keys):
        return chosen
    key = keys[len(chosen)]
    first = 0
    if chosen and chosen[-1][0] == key:
        # Equal vGPUs are interchangeable: one order of groups is enough.
        first = choices[key].index(chosen[-1][1:])
    tried = set()
    for identifier, group_id in choices[key][first:]:
        there = tuple(place[1] for place in chosen if place[2] == group_id)
        attempt = books.gpu_groups[group_id], (*there, identifier)
        if attempt in tried:
            continue  # Equal groups are interchangeable as well.
        tried.add(attempt)
        admitted = _admitted(books, chosen, identifier, group_id)
        if admitted and allows(*attempt):
            found = _search(
                books,
                keys,
                choices,
                allows,
                (*chosen, (key, identifier, group_id)),
            )
            if found is not None:
                return found
    return None


def cost(books, request):
    """Which part of what the host could still host a request takes away.

    :returns: sum over groups and models of (free before - free after) as a
        fraction of what the empty group hosts; None if it doesn't fit
    """
    chosen = books.choose(request)
    if chosen is None:
        return None
    by_group = sorted(chosen, key=lambda place: place[2])
    return sum(
        books.gpu_groups[group_id].cost(tuple(place[1] for place in places))
        for group_id, places in itertools.groupby(
            by_group, key=lambda place: place[2]
        )
    )
