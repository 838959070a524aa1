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

"""The text form of a host's books, as the database keeps it.

Compact, since a row must stay far below the 64 KiB of a TEXT column: what is
named more than once is named by its place in a list.

A later minor version may add keys, which are left alone here; a later major
version can't be read.
"""

import json

from nova_vgpu_ext import gpus
from nova_vgpu_ext import host_names

VERSION = (1, 1)

_PASSTHROUGH, _HELD_BACK = 1, 2


def dump(books):
    """The text form of a capacity.HostVGPUs."""
    models = _places(model.identifier for model in books.models)
    groups = _places(group.id for group in books.groups)
    pgpus = _places(pgpu.id for pgpu in books.pgpus)
    offers = _places(pgpu.models for pgpu in books.pgpus)
    return json.dumps(
        {
            'version': '.'.join(map(str, VERSION)),
            'models': [
                [
                    *(m.identifier, m.name, m.size, m.limit, _flags(m)),
                    *_companions(m, models),
                ]
                for m in books.models
            ],
            'mixes': sorted(
                {
                    tuple(sorted(models[i] for i in m.family))
                    for m in books.models
                    if m.mixes
                }
            ),
            'groups': [list(group) for group in books.groups],
            'offers': [
                sorted(models[identifier] for identifier in offer)
                for offer in offers
            ],
            'pgpus': [
                [p.id, groups[p.group], p.size, offers[p.models], *_tail(p)]
                for p in books.pgpus
            ],
            'residents': [
                [pgpus[r.pgpu], models[r.model], r.owner or 0, *_vm(r)]
                for r in books.residents
            ],
            'claims': [
                [
                    c.owner,
                    models.get(c.model, -1),
                    groups.get(c.group, -1),
                    *_key(c, books.names),
                ]
                for c in books.claims
            ],
            **({'running': list(books.running)} if books.running else {}),
        },
        separators=(',', ':'),
    )


def _places(values):
    """{value: its place in the list of different values}"""
    return {value: index for index, value in enumerate(dict.fromkeys(values))}


def _flags(model):
    return _PASSTHROUGH * model.passthrough | _HELD_BACK * (not model.offered)


def _companions(model, places):
    """Nothing where any model may be in one VM with this one."""
    if model.companions is None:
        return []
    return [sorted(places[identifier] for identifier in model.companions)]


def _tail(pgpu):
    return [1] if pgpu.reserved else []


def _vm(resident):
    return [resident.vm] if resident.vm else []


def _key(claim, names):
    """Nothing if the claim asks for its model by its shown name."""
    keys = names.keys_of(claim.model)
    if claim.key not in keys:
        return [claim.key]
    place = keys.index(claim.key)
    return [place] if place else []


def load(text):
    """The fields of a capacity.HostVGPUs.

    :raises InvalidVGPUs: if the text is not of this form
    """
    try:
        data = json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise gpus.InvalidVGPUs(f'the text is not JSON: {error}') from error
    if not isinstance(data, dict):
        raise gpus.InvalidVGPUs('the text is no JSON object')
    _check_version(data.get('version'))
    try:
        return _fields(data)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise gpus.InvalidVGPUs(
            f'the JSON object has a part missing or malformed: {error!r}'
        ) from error


def _check_version(version):
    if not isinstance(version, str) or not version.startswith(
        f'{VERSION[0]}.'
    ):
        raise gpus.InvalidVGPUs(
            f'it has the version {version!r}, and only {VERSION[0]}.x can '
            'be read'
        )


def _fields(data):
    identifiers = [row[0] for row in data['models']]
    family = {}
    for places in data['mixes']:
        members = frozenset(identifiers[_place(place)] for place in places)
        family.update((member, members - {member}) for member in members)
    groups = [gpus.Group(*map(_text, row[:2])) for row in data['groups']]
    offers = [
        frozenset(identifiers[_place(place)] for place in offer)
        for offer in data['offers']
    ]
    pgpus = [_pgpu(row, groups, offers) for row in data['pgpus']]
    models = [_model(row, family, identifiers) for row in data['models']]
    names = host_names.HostNames(models)
    return {
        'models': tuple(models),
        'groups': tuple(groups),
        'pgpus': tuple(pgpus),
        'residents': tuple(
            gpus.Resident(
                pgpus[_place(row[0])].id,
                identifiers[_place(row[1])],
                _text(row[2]) if row[2] else None,
                _text(row[3]) if len(row) > 3 else '',
            )
            for row in data['residents']
        ),
        'claims': tuple(
            _claim(row, identifiers, groups, names) for row in data['claims']
        ),
        'running': tuple(map(_text, data.get('running', ()))),
    }


def _model(row, family, identifiers):
    identifier, name, size, limit, flags = row[:5]
    companions = None
    if len(row) > 5:
        companions = frozenset(identifiers[_place(place)] for place in row[5])
    return gpus.Model(
        _text(identifier),
        _text(name),
        _number(size),
        _number(limit),
        bool(_number(flags) & _PASSTHROUGH),
        family.get(identifier, frozenset()),
        not flags & _HELD_BACK,
        companions,
    )


def _pgpu(row, groups, offers):
    identifier, group, size, offer = row[:4]
    return gpus.PGPU(
        _text(identifier),
        groups[_place(group)].id,
        _number(size),
        offers[_place(offer)],
        bool(row[4:]) and bool(row[4]),
    )


def _claim(row, identifiers, groups, names):
    owner, model, group, *key = row
    model = identifiers[_place(model)] if model != -1 else ''
    group = groups[_place(group)].id if group != -1 else ''
    key = key[0] if key else 0
    if not isinstance(key, str):
        key = names.keys_of(model)[_place(key)]
    return gpus.Claim(_text(owner), key, model, group)


def _text(value):
    if not isinstance(value, str):
        raise TypeError(f'{value!r} is no text')
    return value


def _number(value):
    if not isinstance(value, int):
        raise TypeError(f'{value!r} is no whole number')
    return value


def _place(value):
    if _number(value) < 0:
        raise TypeError(f'{value!r} is no place in a list')
    return value
