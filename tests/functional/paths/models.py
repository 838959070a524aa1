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

"""The cards of the hosts, and what flavors ask of them.

A GRID K2 has two pGPUs, an NVIDIA A16 four. The models of a card exclude
each other on a pGPU.
"""

import collections

from nova_vgpu_ext import names

CARDS = ('GRID K2', 'NVIDIA A16')

K200 = 'GRID K200'  # 8 on a pGPU
K240Q = 'GRID K240Q'  # 4
K260Q = 'GRID K260Q'  # 2
A16_4Q = 'NVIDIA A16-4Q'  # 4
A16_16Q = 'NVIDIA A16-16Q'  # 1, and several of them may be in one VM
K262Q = 'GRID K262Q'  # a new name of K260Q

# The same on each driver.
IDENTIFIERS = {
    K200: '0001:nvidia,11bf,,118d,101d',
    K240Q: '0001:nvidia,11bf,,11b0,101a',
    K260Q: '0001:nvidia,11bf,,11b0,101b',
    K262Q: '0001:nvidia,11bf,,11b0,101b',
    A16_4Q: '0001:nvidia,25b6,,type-713',
    A16_16Q: '0001:nvidia,25b6,,type-715',
}


def extra_specs(wanted):
    """The extra specs of a flavor.

    :param wanted: {model: count}
    """
    return {f'vgpus:{model}': str(n) for model, n in wanted.items()}


def claimed(owner, *wanted):
    """What the books say of the claims for one or two flavors."""
    return _count(owner, names.canonical_key, wanted)


def held(owner, *wanted):
    """What hypervisors say of the vGPUs for one or two flavors."""
    return _count(owner, IDENTIFIERS.get, wanted)


def _count(owner, name, flavors):
    return collections.Counter(
        (owner, name(model))
        for wanted in flavors
        for model, count in wanted.items()
        for _ in range(count)
    )
