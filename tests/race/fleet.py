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

"""The hosts of a race: four kinds of cards, each model on one kind.

What Nova has given to an instance stays its own when the VM is stopped, and
in whatever order VMs start again, each must find its place. On some hardware
that costs room which a look at the GPUs would call free. So that free is
free here, pGPUs are alike and filled depth first where each has one model at
a time, and those that mix models have a group each.
"""

import pathlib
import tempfile

import yaml

from nova_vgpu_ext import names
from nova_vgpu_ext.virt import fake_cards

_CARDS = {
    'k2': {'cards': [{'card': 'GRID K2'}]},
    # As half of an A16: no host is to have room for very many.
    'a16': {
        'cards': [{'card': 'Half A16'}],
        'definitions': {
            'Half A16': {
                'pgpus': 2,
                'passthrough': False,
                'models': [
                    {'name': 'A16-4Q', 'limit': 4},
                    {'name': 'A16-8Q', 'limit': 2},
                    {'name': 'A16-16Q', 'limit': 1},
                ],
            }
        },
    },
    'mixed': {
        'cards': [
            {'card': 'Mixed-24', 'group': 'first'},
            {'card': 'Mixed-24', 'group': 'second'},
        ],
        'definitions': {
            'Mixed-24': {
                'size': 24,
                'models': [
                    {'name': 'Mixed 24-6', 'size': 6},
                    {'name': 'Mixed 24-8', 'size': 8},
                    {'name': 'Mixed 24-12', 'size': 12},
                    {'name': 'Mixed 24-Desktop', 'size': 6, 'limit': 3},
                ],
                'mixes': [['Mixed 24-6', 'Mixed 24-8', 'Mixed 24-12']],
            }
        },
    },
    'wide': {
        'cards': [
            {'card': 'Wide-10', 'group': 'first'},
            {'card': 'Wide-10', 'group': 'second'},
        ],
        'definitions': {
            'Wide-10': {
                'size': 10,
                'passthrough': False,
                'models': [
                    {'name': 'Wide-3', 'size': 3},
                    {'name': 'Wide-5', 'size': 5},
                ],
                'mixes': [['Wide-3', 'Wide-5']],
            }
        },
    },
}

# What is asked for. Each takes from the others of its kind.
MIXED = {
    'GRID K240Q': 'k2',
    'GRID K260Q': 'k2',
    'GRID K2 passthrough': 'k2',
    'Mixed 24-6': 'mixed',
    'Mixed 24-8': 'mixed',
    'Mixed 24-12': 'mixed',
    'Mixed 24-Desktop': 'mixed',
    'A16-4Q': 'a16',
    'A16-8Q': 'a16',
    'A16-16Q': 'a16',
    'Wide-3': 'wide',
    'Wide-5': 'wide',
}
SINGLE = {'GRID K260Q': 'k2'}


class Fleet:
    """The hosts of one cloud.

    :ivar kinds: {model: kind of its cards}
    :ivar hosts: {host: kind of its cards}
    """

    def __init__(self, kinds, number):
        """:param number: of hosts"""
        self.kinds = kinds
        used = list(dict.fromkeys(kinds.values()))
        self.hosts = {
            f'gpu-{i + 1:02}': used[i % len(used)] for i in range(number)
        }

    @property
    def models(self):
        """Names of the models that are asked for."""
        return tuple(self.kinds)

    @property
    def keys(self):
        """{canonical key: model}"""
        return {names.canonical_key(model): model for model in self.kinds}

    def hosts_file(self):
        """What the sandbox's hosts file says: {host: its cards file}."""
        return {host: _CARDS[kind] for host, kind in self.hosts.items()}

    def cards(self):
        """{host: its fake_cards.HostCards}"""
        loaded = {kind: _load(kind) for kind in set(self.hosts.values())}
        return {host: loaded[kind] for host, kind in self.hosts.items()}


def _load(kind):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / f'{kind}.yaml'
        path.write_text(yaml.safe_dump(_CARDS[kind], sort_keys=False))
        return fake_cards.load(path)
