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

"""Kinds of cards for simulated pools, and what flavors call their models.

Names of groups begin with the kind of card that is in them, since XAPI
mixes none.
"""

import itertools
import typing

from nova_vgpu_ext import names

PASSTHROUGH = 'passthrough'


def _type(identifier, most, name=None, **fields):
    named = {'name': name} if name else {}
    return {'identifier': identifier, 'per_pgpu': most, **named, **fields}


# The cards, each with one pGPU, as pool files define them.
KINDS = {
    'Small': {
        'vendor_id': '10de',
        'device_id': '1111',
        'vendor': 'NVIDIA Corporation',
        'movable': True,
        'types': [
            _type('0001:small,4', 4, 'S1', multi=True),
            _type('0001:small,2', 2, 'S2', multi=True),
            _type('0001:small,1', 1, 'S4'),
        ],
    },
    # Names that are no help, and virtual functions.
    'Odd': {
        'vendor_id': '10de',
        'device_id': '2222',
        'vendor': 'NVIDIA Corporation',
        'implementation': 'nvidia_sriov',
        'types': [
            _type('0001:odd,3', 3, 'S1'),
            _type('0001:odd,2', 2, multi=True),
        ],
    },
    'Virtual': {
        'vendor_id': '1002',
        'device_id': '3333',
        'vendor': 'AMD',
        'implementation': 'mxgpu',
        'passthrough': False,
        'types': [_type('0001:virtual,2', 2, 'V2')],
    },
    'Bare': {'vendor_id': '1002', 'device_id': '4444', 'vendor': 'AMD'},
}


class Place(typing.NamedTuple):
    """What XAPI is told of a vGPU.

    :ivar type: the identifier, or ``passthrough``
    :ivar group: name of the group
    """

    type: str
    group: str


def types_of(kind):
    """Identifiers of what a card offers, ``passthrough`` among them."""
    found = [one['identifier'] for one in KINDS[kind].get('types', ())]
    return found + [PASSTHROUGH] * KINDS[kind].get('passthrough', True)


def whole(kind):
    """The identifier that the books give a whole card."""
    card = KINDS[kind]
    return f'0001:passthrough,{card["vendor_id"]},{card["device_id"]}'


def _meaning():
    found = {names.ANY_PASSTHROUGH: []}
    for kind in KINDS:
        for identifier in types_of(kind):
            name = names.second_name(identifier)
            if identifier == PASSTHROUGH:
                name = names.second_name(whole(kind))
                found[names.ANY_PASSTHROUGH].append((identifier, kind))
            found[name] = [(identifier, kind)]
    return found


# {name in a flavor: [(type, kind of card)]}
MEANING = _meaning()


def choices(asked, pool):
    """All that a nova-compute could tell XAPI to give a VM what is asked.

    Equal vGPUs are interchangeable: one order of their groups is enough.

    :param asked: {name: count}
    :returns: list of tuples of Place, in device order
    """
    per_name = [
        itertools.combinations_with_replacement(
            _places(MEANING[name], pool, sum(asked.values()) == 1), asked[name]
        )
        for name in sorted(asked, key=names.canonical_key)
    ]
    return [
        tuple(itertools.chain(*parts))
        for parts in itertools.product(*per_name)
    ]


def _places(meant, pool, anywhere):
    """:param anywhere: in groups of other cards, too"""
    return [
        Place(identifier, group)
        for identifier, kind in meant
        for group in pool['groups']
        # A whole card is what its group has.
        if group.startswith(kind) or (anywhere and identifier != PASSTHROUGH)
    ]
