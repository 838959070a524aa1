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

"""The GPU cards of the fake driver's host, from a YAML file.

.. code-block:: yaml

    cards:                    # what is plugged into the host
      - card: GRID K2         # a shipped card, or one of the definitions
        count: 2              # boards; default 1
        group: graphics       # default: one group for each kind of card
    groups:                   # default: depth_first, as in XAPI
      graphics: {algorithm: breadth_first}
    definitions:              # cards of one's own
      My Card:
        pgpus: 2              # on one board
        size: 24              # of a pGPU, in any unit; default 1048576
        passthrough: true     # whether a whole pGPU can be given away
        pci_name: My Card     # names the default group
        models:
          - name: My Small
            size: 6           # default: the pGPU's size / limit
            limit: 4          # on one pGPU; default: the pGPU's size / size
            identifier: "mine,small"    # default: made of card and name
          - {name: My Big, size: 12}
        mixes:                # models that share pGPUs; default: none do
          - [My Small, My Big]

The files in the folder ``cards`` beside this module are of this form.
"""

import dataclasses

from nova_vgpu_ext.virt import card_definitions
from nova_vgpu_ext.virt import yaml_file
from nova_vgpu_ext.virt.yaml_file import Mistake

ALGORITHMS = ('depth_first', 'breadth_first')

_MOST_PGPUS = 255  # one PCI bus each


class InvalidCardsFile(ValueError):
    """A cards file that can't be used; one sentence says why."""


@dataclasses.dataclass(frozen=True)
class PhysicalGPU:
    """One pGPU. Its id looks like a PCI address."""

    id: str
    group: str
    size: int
    types: frozenset


@dataclasses.dataclass(frozen=True)
class HostCards:
    """All cards of a host.

    :ivar types: {identifier: VGPUType}
    :ivar groups: {group id: algorithm}
    :ivar pgpus: {pGPU id: PhysicalGPU}
    """

    types: dict = dataclasses.field(default_factory=dict)
    groups: dict = dataclasses.field(default_factory=dict)
    pgpus: dict = dataclasses.field(default_factory=dict)


def load(path):
    """The HostCards that a cards file describes.

    :raises InvalidCardsFile: one sentence that says what is wrong
    """
    try:
        return _host(yaml_file.read(path))
    except Mistake as error:
        raise InvalidCardsFile(
            f'Cards file {path} can not be used: {error}'
        ) from None


def _host(content):
    top = card_definitions.top(content)
    known = {
        **card_definitions.shipped(),
        **card_definitions.defined(top),
    }
    boards = [
        _board(value, f'card {number}', known)
        for number, value in enumerate(top.rows('cards'), start=1)
    ]
    groups = {}
    for card, group, _ in boards:
        if groups.setdefault(group, card) != card:
            raise Mistake(
                f'group {group!r} has cards of the kinds '
                f'{groups[group].name!r} and {card.name!r}: give each kind '
                'a group of its own.'
            )
    return HostCards(
        _types({card.name: card for card, *_ in boards}.values()),
        _algorithms(top, groups),
        _pgpus(boards),
    )


def _board(value, where, known):
    """(Card, group id, number of boards)"""
    section = yaml_file.Section(value, where, ('card', 'count', 'group'))
    name = section.text('card')
    if name not in known:
        raise Mistake(
            f'{where} is the unknown {name!r}: take one of '
            f'{", ".join(sorted(known))}, or add it to the definitions.'
        )
    card = known[name]
    return card, section.text('group', card.group), section.number('count', 1)


def _types(cards):
    types = {}
    for card in cards:
        for vgpu_type in card.types:
            if vgpu_type.identifier in types:
                raise Mistake(
                    f'two models have the identifier '
                    f'{vgpu_type.identifier!r}: change one.'
                )
            types[vgpu_type.identifier] = vgpu_type
    return types


def _algorithms(top, used):
    algorithms = dict.fromkeys(used, ALGORITHMS[0])
    for group, value in top.entries('groups').items():
        where = f'group {group!r}'
        if group not in used:
            raise Mistake(
                f'{where} has no card: name it as the group of a card, or '
                'remove it.'
            )
        section = yaml_file.Section(value, where, ('algorithm',))
        algorithms[group] = section.choice('algorithm', ALGORITHMS)
    return algorithms


def _pgpus(boards):
    total = sum(card.pgpus * count for card, _, count in boards)
    if total > _MOST_PGPUS:
        raise Mistake(
            f'the cards have {total} pGPUs together: a host can have '
            f'{_MOST_PGPUS} at the most.'
        )
    pgpus = {}
    for card, group, count in boards:
        types = frozenset(t.identifier for t in card.types)
        for _ in range(card.pgpus * count):
            address = f'0000:{len(pgpus) + 1:02x}:00.0'
            pgpus[address] = PhysicalGPU(address, group, card.size, types)
    return pgpus
