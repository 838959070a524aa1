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

"""Kinds of cards, as YAML files define them."""

import functools
import os
import re

from nova_vgpu_ext.sandbox.xapi import specs
from nova_vgpu_ext.virt import yaml_file
from nova_vgpu_ext.virt.yaml_file import Mistake

_SHIPPED = os.path.join(os.path.dirname(__file__), 'cards.yaml')
_IMPLEMENTATIONS = ('nvidia', 'nvidia_sriov', 'gvt_g', 'mxgpu')
_ID = re.compile(r'[0-9a-f]{4}$')
_RESOLUTION = re.compile(r'(\d+)x(\d+)$')
_MIB = 1024**2
_CARD_KEYS = (
    'vendor_id',
    'device_id',
    'vendor',
    'device',
    'pgpus',
    'implementation',
    'passthrough',
    'movable',
    'types',
)
_TYPE_KEYS = (
    'name',
    'identifier',
    'per_pgpu',
    'framebuffer_mib',
    'heads',
    'resolution',
    'multi',
)


@functools.cache
def shipped():
    """{name: specs.Card} of the cards that come with the simulator."""
    content = yaml_file.read(_SHIPPED)
    return defined(yaml_file.Section(content, 'the file', ('definitions',)))


def defined(top):
    """{name: specs.Card} of the definitions in a file.

    :param top: the file's outermost Section
    :raises Mistake: one sentence that says what is wrong
    """
    return {
        name: _card(name, value)
        for name, value in top.entries('definitions').items()
    }


def _card(name, value):
    where = f'definition {name!r}'
    section = yaml_file.Section(value, where, _CARD_KEYS)
    return specs.Card(
        name=name,
        vendor_id=_pci_id(section, 'vendor_id'),
        device_id=_pci_id(section, 'device_id'),
        vendor=section.text('vendor'),
        device=section.text('device', name),
        pgpus=section.number('pgpus', 1),
        implementation=section.choice('implementation', _IMPLEMENTATIONS),
        passthrough=section.flag('passthrough', True),
        movable=section.flag('movable', False),
        types=tuple(
            _type(row, f'type {number} of {where}')
            for number, row in enumerate(section.rows('types'), start=1)
        ),
    )


def _pci_id(section, key):
    text = section.text(key)
    if not _ID.match(text):
        raise Mistake(
            f'{section.where} needs four hexadecimal digits for {key!r}, '
            f'not {text!r}.'
        )
    return text


def _type(value, where):
    section = yaml_file.Section(value, where, _TYPE_KEYS)
    resolution = section.text('resolution', '1920x1080')
    match = _RESOLUTION.match(resolution)
    if match is None:
        raise Mistake(
            f'{where} needs a resolution such as 1920x1080, not '
            f'{resolution!r}.'
        )
    return specs.Type(
        identifier=section.text('identifier'),
        # XAPI's own names can be empty.
        name=section.text('name') if section.has('name') else '',
        per_pgpu=section.number('per_pgpu'),
        framebuffer=section.number('framebuffer_mib', 1) * _MIB,
        heads=section.number('heads', 1),
        resolution=(int(match[1]), int(match[2])),
        multi=section.flag('multi', False),
    )
