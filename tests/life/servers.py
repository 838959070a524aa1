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

"""Instances, as their users know them."""

import dataclasses

from nova import objects
from nova.compute import vm_states

# Where a server is, and which of its flavors the host then holds for it:
# that which it has, that which it is to have, or both.
HERE = 'here'
_HAS = {
    HERE,
    'building',
    'unshelving',
    'going: claimed',
    'going: gone',
    'going: there',
    'going: reverting',
    'resizing: reverting',
    'leaving alive',
}
_SHALL_HAVE = {
    'coming: claimed',
    'coming: arrived',
    'coming: done',
    'coming alive: claimed',
    'coming alive: started',
    'coming alive: lost',
    'evacuating',
}
_BOTH = {'resizing: claimed', 'resizing: stopped', 'resizing: done'}
AWAY = 'away'
OFFLOADED = 'offloaded'
GONE = 'gone'  # but still counted here
BROKEN = 'broken'  # here, where its new flavor is counted for now
LOST = 'coming alive: lost'
DROPPED = 'coming: dropped'  # but not yet back where it came from


@dataclasses.dataclass
class Server:
    """An instance, as its user knows it.

    :ivar other: the flavor that it is to have; after a resize, had
    :ivar left: flavors that stay counted here until the next audit
    :ivar claim: of nova-compute's on its behalf, while it is at work
    """

    uuid: str
    flavor: objects.Flavor
    stage: str
    vm_state: str = vm_states.ACTIVE
    other: objects.Flavor | None = None
    migration: int | None = None
    left: list = dataclasses.field(default_factory=list)
    claim: object = None

    def __str__(self):
        return f'{self.uuid[:8]}, {self.stage}, {self.vm_state}'

    def held(self):
        """The flavors that the host holds for it."""
        found = list(self.left)
        if self.stage in _HAS | _BOTH:
            found.append(self.flavor)
        if self.stage in _SHALL_HAVE | _BOTH:
            found.append(self.other)
        return found
