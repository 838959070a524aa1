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

"""What hypothesis draws hosts, requests and texts from."""

import os
import string

import hypothesis
from hypothesis import strategies as st

from nova_vgpu_ext import capacity
from nova_vgpu_ext import names
from nova_vgpu_ext import request
from tests.unit import reference

_COMMON = {
    'deadline': None,
    'database': None,
    'suppress_health_check': [
        hypothesis.HealthCheck.too_slow,
        hypothesis.HealthCheck.filter_too_much,
        hypothesis.HealthCheck.data_too_large,
    ],
}
hypothesis.settings.register_profile(
    'quick', derandomize=True, max_examples=100, **_COMMON
)
hypothesis.settings.register_profile('long', max_examples=5000, **_COMMON)
PROFILE = os.environ.get('NOVA_VGPU_TEST_PROFILE', 'quick')
hypothesis.settings.load_profile(PROFILE)

OWNERS = [f'instance-{letter}' for letter in 'abcdef']


@st.composite
def model_sets(draw, size, mixing=True, most=3):
    """Models for pGPUs of a size; some mix, some are passthrough."""
    identifiers = string.ascii_lowercase[: draw(st.integers(1, most))]
    families = [
        draw(st.integers(0, 2)) if mixing else place
        for place, _ in enumerate(identifiers)
    ]
    return tuple(
        _model(
            draw,
            identifier,
            size,
            frozenset(
                other
                for other, family in zip(identifiers, families, strict=True)
                if other != identifier and family == families[place]
            ),
        )
        for place, identifier in enumerate(identifiers)
    )


def _model(draw, identifier, size, mixes):
    own = draw(st.integers(1, size))
    limit = draw(st.integers(1, size // own))
    whole = own == size and not mixes and draw(st.booleans())
    return capacity.Model(
        identifier, f'GRID {identifier}', own, limit, whole, mixes
    )


@st.composite
def groups_of_pgpus(draw, group, models, size, alike=False, most=3):
    """The pGPUs of one group; unless alike, some lack models or are held."""
    identifiers = _one_kind_of_card(draw, models)
    return [
        capacity.PGPU(
            f'{group}-{number}',
            group,
            size,
            identifiers
            if alike
            else draw(
                st.frozensets(st.sampled_from(sorted(identifiers)), min_size=1)
            ),
            not alike and draw(st.integers(0, 5)) == 5,
        )
        for number in range(draw(st.integers(1, most)))
    ]


def _one_kind_of_card(draw, models):
    """Identifiers of models without all passthroughs but one."""
    whole = [model.identifier for model in models if model.passthrough]
    kept = draw(st.sampled_from(whole)) if whole else None
    return frozenset(
        model.identifier
        for model in models
        if not model.passthrough or model.identifier == kept
    )


@st.composite
def hosts(draw, groups=1, alike=False, foreign=True, pgpus=3):
    """Hosts without claims; what foreign VMs run may be disabled by now.

    :param groups: the most groups there are
    :param alike: depth-first groups of like pGPUs, one model per pGPU
    :param pgpus: the most pGPUs of a group
    """
    size = draw(st.sampled_from([2, 3, 4, 6]))
    models = draw(model_sets(size, mixing=not alike))
    algorithms = ['depth_first'] if alike else ['depth_first', 'breadth_first']
    found = [
        capacity.Group(f'g{number}', draw(st.sampled_from(algorithms)))
        for number in range(draw(st.integers(1, groups)))
    ]
    there = [
        pgpu
        for group in found
        for pgpu in draw(groups_of_pgpus(group.id, models, size, alike, pgpus))
    ]
    residents = []
    if foreign and not alike:
        residents = [
            resident
            for pgpu in there
            for resident in draw(_foreign_residents(pgpu, models))
        ]
    return capacity.HostVGPUs(models, found, there, residents)


@st.composite
def _foreign_residents(draw, pgpu, models):
    """What the hypervisor may have placed before models were disabled."""
    enabled = pgpu._replace(models=frozenset(m.identifier for m in models))
    placed = []
    for model in draw(st.lists(st.sampled_from(models), max_size=2)):
        if reference.may_join(model, enabled, placed):
            placed.append(model)
    return [
        capacity.Resident(pgpu.id, model.identifier, None, 'theirs')
        for model in placed
    ]


def requests(host, models=2, most=3):
    """Requests for models of a host, by any of their names."""
    asked = [host.names.shown(model.identifier) for model in host.models]
    asked += [names.second_name(model.identifier) for model in host.models]
    asked.append(names.ANY_PASSTHROUGH)
    return st.dictionaries(
        st.sampled_from(asked),
        st.integers(1, most),
        min_size=1,
        max_size=models,
    ).map(request.VGPURequest.of)


@st.composite
def books(draw):
    """Any books that contradict nothing, likely or not."""
    host = draw(hosts(groups=2))
    models = [
        model._replace(
            name=draw(st.text(max_size=6)),
            offered=draw(st.booleans()),
            companions=draw(_companions(host.models)),
        )
        for model in host.models
    ]
    residents = st.builds(
        capacity.Resident,
        st.sampled_from([pgpu.id for pgpu in host.pgpus]),
        st.sampled_from([model.identifier for model in models]),
        st.none() | st.sampled_from(OWNERS),
        st.text(max_size=40),
    )
    return capacity.HostVGPUs(
        models,
        host.groups,
        host.pgpus,
        draw(st.lists(residents, max_size=4)),
        draw(st.lists(_claims(host), max_size=4)),
    )


def _companions(models):
    identifiers = [model.identifier for model in models]
    return st.none() | st.frozensets(st.sampled_from(identifiers))


def _claims(host):
    asked = ['passthrough', 'a', 'GRID a', 'a vanished name']
    keys = st.sampled_from([names.canonical_key(name) for name in asked])
    owners = st.sampled_from(OWNERS)
    somewhere = st.builds(
        capacity.Claim,
        owners,
        keys,
        st.sampled_from([model.identifier for model in host.models]),
        st.sampled_from([group.id for group in host.groups]),
    )
    nowhere = st.tuples(owners, keys).map(lambda one: capacity.Claim(*one))
    return somewhere | nowhere


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.integers()
    | st.floats()
    | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
