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

"""Hosts for tables: as few words as the case needs."""

from nova_vgpu_ext import capacity
from nova_vgpu_ext import request

SMALL = capacity.Model('0001:small', 'GRID small', 1, 4)
HALF = capacity.Model('0001:half', 'GRID half', 2, 2)
WHOLE = capacity.Model('0001:whole', 'GRID passthrough', 4, 1, True)
MODELS = SMALL, HALF, WHOLE
ALL = frozenset(model.identifier for model in MODELS)


def host(
    groups=('g',), pgpus=2, models=MODELS, residents=(), claims=(), **settings
):
    """A host whose groups have like pGPUs, named 'g-0', 'g-1' and so on.

    :param settings: of capacity.PGPU, for all of them
    """
    there = frozenset(model.identifier for model in models)
    return capacity.HostVGPUs(
        models,
        [capacity.Group(group) for group in groups],
        [
            capacity.PGPU(
                f'{group}-{number}',
                **{'group': group, 'size': 4, 'models': there, **settings},
            )
            for group in groups
            for number in range(pgpus)
        ],
        residents,
        claims,
    )


def asks(**counts):
    """A request: asks(small=2)."""
    return request.VGPURequest.of(
        {
            name if name == 'passthrough' else f'GRID {name}': count
            for name, count in counts.items()
        }
    )


def alone(model):
    """The model of which a VM can have one, and nothing beside it."""
    return model._replace(companions=frozenset())


def resident(pgpu, model=SMALL, owner=None, vm=''):
    return capacity.Resident(pgpu, model.identifier, owner, vm)


def groups_of(books, owner):
    """The groups of an owner's claims."""
    return [claim.group for claim in books.claims if claim.owner == owner]
