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

"""Kinds of GPU cards, as cards files define them."""

import dataclasses
import functools
import os

from nova_vgpu_ext.virt import yaml_file
from nova_vgpu_ext.virt.yaml_file import Mistake

# What XAPI takes every pGPU to have (ocaml/xapi-consts/constants.ml).
DEFAULT_SIZE = 1048576
SHIPPED = os.path.join(os.path.dirname(__file__), 'cards')


@dataclasses.dataclass(frozen=True)
class VGPUType:
    """What a pGPU can be cut into, or passthrough of the whole of it.

    :ivar mixes: identifiers of the other types that may share a pGPU
    """

    identifier: str
    name: str
    size: int
    limit: int
    passthrough: bool = False
    mixes: frozenset = frozenset()


@dataclasses.dataclass(frozen=True)
class Card:
    """A kind of card."""

    name: str
    group: str
    pgpus: int
    size: int
    types: tuple


@functools.cache
def shipped():
    """{name: Card} of the cards that come with this package."""
    found = {}
    for file in sorted(os.listdir(SHIPPED)):
        if file.endswith('.yaml'):
            found.update(
                defined(top(yaml_file.read(os.path.join(SHIPPED, file))))
            )
    return found


def top(content):
    """The outermost Section of a cards file."""
    return yaml_file.Section(
        {} if content is None else content,
        'the file',
        ('cards', 'groups', 'definitions'),
    )


def defined(top):
    """{name: Card} of the definitions in a cards file.

    :param top: the file's outermost Section
    :raises Mistake: one sentence that says what is wrong
    """
    return {
        name: _card(name, value)
        for name, value in top.entries('definitions').items()
    }


def _card(name, value):
    where = f'definition {name!r}'
    section = yaml_file.Section(
        value,
        where,
        ('pgpus', 'size', 'passthrough', 'pci_name', 'models', 'mixes'),
    )
    size = section.number('size', DEFAULT_SIZE)
    types = [
        _type(name, size, row, f'model {number} of {where}')
        for number, row in enumerate(section.rows('models'), start=1)
    ]
    if section.flag('passthrough', True):
        types.append(_passthrough(name, size))
    if not types:
        raise Mistake(f'{where} offers nothing: give it models.')
    _refuse_twins(types, where)
    return Card(
        name,
        f'Group of {section.text("pci_name", name)} GPUs',
        section.number('pgpus', 1),
        size,
        tuple(_mixed(section, types)),
    )


def _type(card, pgpu_size, value, where):
    section = yaml_file.Section(
        value, where, ('name', 'identifier', 'size', 'limit')
    )
    name = section.text('name')
    if not section.has('size') and not section.has('limit'):
        raise Mistake(f'{where} needs a size, a limit, or both.')
    if section.has('size'):
        size = section.number('size')
    else:
        size = pgpu_size // section.number('limit')
    if not 0 < size <= pgpu_size:
        raise Mistake(
            f'{where} does not fit: its size must be from 1 to that of the '
            f'pGPU, {pgpu_size}, and its limit not above that.'
        )
    limit = section.number('limit', pgpu_size // size)
    identifier = section.text('identifier', f'0001:{card},{name}')
    return VGPUType(identifier, name, size, limit)


def _passthrough(card, size):
    """XAPI has one type for all cards; here each card has its own."""
    return VGPUType(
        f'0001:passthrough,{card}', f'{card} passthrough', size, 1, True
    )


def _refuse_twins(types, where):
    names = [vgpu_type.name for vgpu_type in types]
    for name in names:
        if names.count(name) > 1:
            raise Mistake(f'{where} has model {name!r} twice: remove one.')


def _mixed(section, types):
    """The types, each knowing those that it shares pGPUs with."""
    virtual = {one.name: one for one in types if not one.passthrough}
    mixes = {}
    for number, row in enumerate(section.rows('mixes'), start=1):
        where = f'mix {number} of {section.where}'
        row = yaml_file.texts(row, where)
        for name in row:
            _check_mixing(name, virtual, where)
            if name in mixes or row.count(name) > 1:
                raise Mistake(
                    f'{where} names {name!r} once more: a model can be in '
                    'one mix only.'
                )
        mixes.update((name, row) for name in row)
    return [_mixing(one, mixes.get(one.name, ()), virtual) for one in types]


def _check_mixing(name, virtual, where):
    if name not in virtual:
        raise Mistake(
            f'{where} names {name!r}, which is none of its models: correct '
            'or remove it.'
        )


def _mixing(vgpu_type, names, virtual):
    others = {virtual[name].identifier for name in names}
    return dataclasses.replace(
        vgpu_type, mixes=frozenset(others - {vgpu_type.identifier})
    )
