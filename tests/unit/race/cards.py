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

"""Hosts of two pGPUs for these tests."""

from nova_vgpu_ext.virt import card_definitions
from nova_vgpu_ext.virt import fake_cards

FIRST, SECOND = '0000:01:00.0', '0000:02:00.0'

_TYPE = card_definitions.VGPUType
BIG = _TYPE('big', 'Big', 6, 2)
SMALL = _TYPE('small', 'Small', 3, 3)
WHOLE = _TYPE('whole', 'Whole', 12, 1, passthrough=True)
LEFT = _TYPE('left', 'Left', 5, 2, mixes=frozenset({'right'}))
RIGHT = _TYPE('right', 'Right', 4, 3, mixes=frozenset({'left'}))

KEYS = {
    one.identifier: f'CUSTOM_VGPU_{one.name.upper()}'
    for one in (BIG, SMALL, WHOLE, LEFT, RIGHT)
}


def host(*groups):
    """HostCards with these types on each pGPU of size 12.

    :param groups: of each pGPU
    """
    types = {one.identifier: one for one in (BIG, SMALL, WHOLE, LEFT, RIGHT)}
    pgpus = {
        pgpu: fake_cards.PhysicalGPU(pgpu, group, 12, frozenset(types))
        for pgpu, group in zip((FIRST, SECOND), groups, strict=False)
    }
    return fake_cards.HostCards(
        types, dict.fromkeys(groups, 'depth_first'), pgpus
    )
