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

"""The VMs in a pool's YAML file, and how it names types of vGPUs."""

from nova_vgpu_ext.sandbox.xapi import specs
from nova_vgpu_ext.virt import yaml_file
from nova_vgpu_ext.virt.yaml_file import Mistake

PASSTHROUGH = 'passthrough'
_STATES = ('halted', 'running', 'paused', 'suspended')
_KEYS = (
    'name',
    'host',
    'state',
    'memory_mib',
    'vcpus',
    'hvm',
    'vgpus',
    'other_config',
)


def named(card, name):
    """The identifier of a card's type, which is given by name or identifier.

    :raises Mistake: if the card has none such, or several
    """
    if name == PASSTHROUGH and card.passthrough:
        return PASSTHROUGH
    found = {
        one.identifier
        for one in card.types
        if name in (one.identifier, one.name)
    }
    return _the_only(found, name, f'the card {card.name!r}')


def _the_only(found, name, where):
    if not found:
        raise Mistake(f'{where} has no type {name!r}: correct or remove it.')
    if len(found) > 1:
        raise Mistake(
            f'{where} has several types {name!r}: give the identifier.'
        )
    return next(iter(found))


def vms(top, hosts):
    """The specs.VM of a file.

    :raises Mistake: one sentence that says what is wrong
    """
    return tuple(
        _vm(row, f'VM {number}', hosts)
        for number, row in enumerate(top.rows('vms'), start=1)
    )


def _vm(value, where, hosts):
    section = yaml_file.Section(value, where, _KEYS)
    state = section.choice('state', _STATES)
    host = section.text('host') if section.has('host') else None
    if host is not None and host not in [one.name for one in hosts]:
        raise Mistake(f'{where} is on {host!r}: there is no such host.')
    if state != 'halted' and host is None:
        raise Mistake(f'{where} is {state}: say on which host.')
    return specs.VM(
        name=section.text('name'),
        host=host,
        state=state,
        memory_mib=section.number('memory_mib', 512),
        vcpus=section.number('vcpus', 1),
        hvm=section.flag('hvm', True),
        vgpus=tuple(
            _vgpu(row, f'vGPU {number} of {where}', hosts)
            for number, row in enumerate(section.rows('vgpus'), start=1)
        ),
        other_config=_texts(section),
    )


def _texts(section):
    found = section.entries('other_config')
    yaml_file.texts(list(found.values()), f"'other_config' of {section.where}")
    return dict(found)


def _vgpu(value, where, hosts):
    """(identifier, name of the group) of a vGPU."""
    section = yaml_file.Section(value, where, ('type', 'group'))
    name = section.text('type')
    cards = {
        installed.card.name: installed.card
        for host in hosts
        for installed in host.cards
    }
    found = {
        one.identifier
        for card in cards.values()
        for one in card.types
        if name in (one.identifier, one.name)
    }
    if name == PASSTHROUGH:
        found = {PASSTHROUGH}
    return _the_only(found, name, f'the pool of {where}'), section.text(
        'group'
    )
