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


"""XAPI's vGPU types as the models of the books."""

import re

from nova_vgpu_ext import capacity

NULL = 'OpaqueRef:NULL'

# What XAPI takes every pGPU to have. Clients see neither it nor the size of
# a type, but that is this number divided by the most vGPUs on one pGPU.
# (xen-api: ocaml/xapi-consts/constants.ml, ocaml/xapi/xapi_vgpu_type.ml)
SIZE = 1048576

_PASSTHROUGH = 'passthrough'
_FUNCTIONS = ('nvidia_sriov', 'mxgpu')
_WHOLE = f'0001:{_PASSTHROUGH},'
_IN_BRACKETS = re.compile(r'\[([^\[\]]+)\]\s*$')


def is_passthrough(vgpu_type):
    """Whether a type means a whole pGPU, as it is.

    :param vgpu_type: its record; None for that of a VGPU from before there
        were types
    """
    if vgpu_type is None:
        return True
    # Before XenServer 7.0 only the name of the type told.
    kind = vgpu_type.get('implementation', vgpu_type['model_name'])
    return kind == _PASSTHROUGH


def is_function(vgpu_type):
    """Whether a type gives a PCI function to the VM.

    :param vgpu_type: as for is_passthrough
    """
    return is_passthrough(vgpu_type) or (
        vgpu_type.get('implementation') in _FUNCTIONS
    )


def identifier(vgpu_type):
    """The stable identity of a type that isn't passthrough.

    Before XenServer 7.0 there was no such field. XAPI itself then knew a
    type again by the names of vendor and model.
    """
    return vgpu_type.get('identifier') or (
        f'{vgpu_type["vendor_name"]},{vgpu_type["model_name"]}'
    )


def virtual(vgpu_type, limit, types):
    """The capacity.Model of a type that isn't passthrough.

    :param limit: most vGPUs of it on one pGPU
    :param types: {reference: record} of all types
    """
    # Before XenServer 8.1 no VM could have a second vGPU.
    together = vgpu_type.get('compatible_types_in_vm', ())
    return capacity.Model(
        identifier(vgpu_type),
        vgpu_type['model_name'],
        SIZE // limit,
        limit,
        companions=frozenset(
            identifier(types[ref]) for ref in together if ref in types
        ),
    )


def whole(pci):
    """The capacity.Model of a whole card.

    XAPI has one such type for all cards; which card it is says the group.

    :param pci: record of the pGPU's PCI device
    """
    card = f'{pci["vendor_id"]},{pci["device_id"]}'
    return capacity.Model(
        f'{_WHOLE}{card}',
        f'{_card_name(pci)} {_PASSTHROUGH}',
        SIZE,
        1,
        passthrough=True,
        companions=frozenset(),
    )


def _card_name(pci):
    """What people call the card: ``GRID K1`` of ``GK107GL [GRID K1]``."""
    name = pci['device_name'].strip()
    found = _IN_BRACKETS.search(name)
    if found:
        return found[1].strip()
    return name or f'{pci["vendor_id"]}-{pci["device_id"]}'


def is_whole(identifier):
    """Whether an identifier is that of a whole card."""
    return identifier.startswith(_WHOLE)
