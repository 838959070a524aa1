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

"""Pools that hypothesis draws, and what happens in them.

Nova's nova-compute is on the host ``h1``.
"""

import typing

from hypothesis import strategies as st

from tests.unit.virt.xenapi import pool_cards


class VM(typing.NamedTuple):
    """A VM that isn't Nova's.

    :ivar fate: what becomes of it, see FATES
    """

    host: str
    places: tuple
    fate: str


class Action(typing.NamedTuple):
    """Something that a user of Nova's does, or of XenServer's.

    :ivar name: see ACTIONS
    :ivar number: of the instance, or VM; one that isn't there is left alone
    :ivar asked: {name of a model: count}, for a boot
    """

    name: str
    number: int
    asked: dict


class State(typing.NamedTuple):
    """How a pool came to be what it is.

    :ivar pool: as a pool file has it, but for the definitions
    :ivar vms: of VM, from before Nova used the host
    :ivar actions: of Action
    :ivar late: of VM, that take what Nova has perhaps promised
    """

    pool: dict
    vms: list
    actions: list
    late: list


# Halted are those that never start; arriving those that migrate from h2.
FATES = (
    *('running', 'running', 'running', 'paused', 'arriving'),
    *('halted', 'stopped', 'suspended'),
)
# What is made has a claim, but doesn't run yet.
BOOTS = ('boot', 'boot', 'make')
ACTIONS = (*BOOTS, 'stop', 'start', 'delete', 'stop foreign')

# Strategies that hypothesis meets for the first time cost it more than the
# simulator costs, so everything is drawn from a few.
_NUMBERS = st.integers(0, 59)  # of which each option gets a fair share
_AT_MOST = {most: st.integers(0, most) for most in range(13)}


def _one_of(draw, options):
    return options[draw(_NUMBERS) % len(options)]


def _some_of(draw, options):
    chosen = draw(_AT_MOST[len(options)])
    return [one for one in options if draw(_AT_MOST[len(options)]) < chosen]


def _pool(draw, alike):
    """Two hosts that may share groups.

    :param alike: whether all groups are depth first, with like pGPUs
    """
    hosts = [_host(draw, name, alike) for name in ('h1', 'h2')]
    algorithms = ['depth_first'] if alike else ['depth_first', 'breadth_first']
    groups = sorted({c['group'] for host in hosts for c in host['cards']})
    return {
        'seed': 1 + draw(_NUMBERS),
        'hosts': hosts,
        'groups': {
            group: {'algorithm': _one_of(draw, algorithms)} for group in groups
        },
        'restricted': _one_of(draw, [[]] * 18 + [['gpu'], ['vgpu']]),
    }


def _host(draw, name, alike):
    """With one or two kinds of cards."""
    kinds = {_one_of(draw, list(pool_cards.KINDS)) for _ in range(2)}
    return {
        'name': name,
        'processors': 1,
        'iommu': draw(_NUMBERS) < 57,
        'cards': [
            _card(draw, kind, alike)
            for kind in sorted(kinds)
            for _ in range(1 + draw(_AT_MOST[3]))
        ],
    }


def _card(draw, kind, alike):
    """Of which some have models disabled, or all, unless they are alike."""
    disabled = [] if alike else _some_of(draw, pool_cards.types_of(kind))
    group = f'{kind} {_one_of(draw, "aab")}'
    return {'card': kind, 'group': group, 'disabled': disabled}


def _vm(draw, pool):
    """With one vGPU or two, of any card of a host."""
    host = _one_of(draw, pool['hosts'])
    card = _one_of(draw, host['cards'])['card']
    vgpu_type = _one_of(draw, pool_cards.types_of(card))
    groups = [c['group'] for c in host['cards'] if c['card'] == card]
    places = [
        pool_cards.Place(vgpu_type, _one_of(draw, groups))
        for _ in range(_one_of(draw, (1, 1, 2)))
    ]
    return VM(host['name'], tuple(places), _one_of(draw, FATES))


def _asked(draw, pool):
    """What a flavor asks for: mostly of what h1 has, one or two models."""
    kinds = {card['card'] for card in pool['hosts'][0]['cards']}
    likely = [
        name
        for name, meant in pool_cards.MEANING.items()
        if kinds.intersection(kind for _, kind in meant)
    ]
    models = likely * 5 + sorted(pool_cards.MEANING)
    if draw(_NUMBERS) > 54:
        return {_one_of(draw, models): 1, _one_of(draw, models): 1}
    return {_one_of(draw, models): _one_of(draw, (1, 1, 1, 2, 3))}


def _action(draw, pool, options, number):
    name = _one_of(draw, options)
    asked = _asked(draw, pool) if name in BOOTS else {}
    return Action(name, number, asked)


def _state(draw, late):
    """:param late: the most VMs that come late"""
    pool = _pool(draw, _one_of(draw, (True, False)))
    boots = [
        _action(draw, pool, BOOTS, number)
        for number in range(draw(_AT_MOST[6]))
    ]
    more = [
        _action(draw, pool, ACTIONS, draw(_AT_MOST[6]))
        for _ in range(draw(_AT_MOST[6]))
    ]
    return State(
        pool,
        [_vm(draw, pool) for _ in range(draw(_AT_MOST[4]))],
        boots + more,
        [_vm(draw, pool) for _ in range(draw(_AT_MOST[late]))],
    )


@st.composite
def states(draw):
    """States of pools in which nobody took what Nova has promised."""
    return _state(draw, late=0)


@st.composite
def plain_questions(draw):
    """As questions, of depth-first groups of like pGPUs, nothing pending."""
    pool = _pool(draw, alike=True)
    state = State(
        pool,
        [_vm(draw, pool) for _ in range(draw(_AT_MOST[2]))],
        [
            *(_action(draw, pool, ('boot',), n) for n in range(9)),
            *(
                _action(draw, pool, ('delete', 'boot'), draw(_AT_MOST[9]))
                for _ in range(draw(_AT_MOST[6]))
            ),
        ],
        [],
    )
    return state, _asked(draw, pool)


@st.composite
def questions(draw):
    """(any state of a pool, {name: count} that a flavor asks for)."""
    state = _state(draw, late=3)
    return state, _asked(draw, state.pool)
