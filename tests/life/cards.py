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

"""Hosts and flavors to draw."""

import typing

from hypothesis import strategies as st

from nova_vgpu_ext import names
from nova_vgpu_ext.virt import card_definitions
from nova_vgpu_ext.virt import fake_cards
from tests.unit import strategies


class Hardware(typing.NamedTuple):
    """What a host is made of.

    :ivar cards: fake_cards.HostCards
    :ivar reserved: ids of the pGPUs that the operator holds back
    :ivar flavors: {model's name: count} of each flavor
    """

    cards: fake_cards.HostCards
    reserved: tuple
    flavors: list


@st.composite
def hardware(draw):
    host = draw(strategies.hosts(groups=2, foreign=False, pgpus=4))
    return Hardware(
        fake_cards.HostCards(
            types={model.identifier: _type(model) for model in host.models},
            groups=dict(host.groups),
            pgpus={pgpu.id: _pgpu(pgpu) for pgpu in host.pgpus},
        ),
        tuple(pgpu.id for pgpu in host.pgpus if pgpu.reserved),
        [{}, *draw(st.lists(_counts(host), min_size=2, max_size=5))],
    )


def _counts(host):
    """What a flavor asks for, mostly little of one model."""
    shown = [host.names.shown(model.identifier) for model in host.models]
    others = [names.second_name(model.identifier) for model in host.models]
    asked = st.sampled_from(shown) | st.sampled_from(
        [*others, names.ANY_PASSTHROUGH]
    )
    return st.dictionaries(
        asked,
        st.just(1) | st.integers(1, 3),
        min_size=1,
        max_size=2,
    )


def _type(model):
    return card_definitions.VGPUType(
        model.identifier,
        model.name,
        model.size,
        model.limit,
        model.passthrough,
        model.mixes,
    )


def _pgpu(pgpu):
    return fake_cards.PhysicalGPU(pgpu.id, pgpu.group, pgpu.size, pgpu.models)
