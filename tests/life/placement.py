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

"""A Placement with one provider, as far as our tracker asks it.

Allocations are given to it as schedulers would have made them: they are
those of all that the host should hold.
"""

import collections
import types

from nova_vgpu_ext import names


class Answer:
    def __init__(self, body, status_code=200):
        self._body, self.status_code = body, status_code
        self.text = str(body)

    def json(self):
        return self._body


class Placement:
    """Stands for Nova's SchedulerReportClient.

    :ivar inventories: {resource class: inventory}
    :ivar allocations: {consumer: {resource class: count}}
    :ivar waiting: what threads would do, which is done by ``settle``
    """

    def __init__(self):
        self.inventories = {'VCPU': {'total': 64}}
        self.allocations = {}
        self.waiting = []
        self._generation = 0

    # What nova-compute calls

    def get(self, url, **_):
        what = url.rpartition('/')[2]
        found = {
            'inventories': self.inventories,
            'allocations': {
                consumer: {'resources': has}
                for consumer, has in self.allocations.items()
            },
        }[what]
        return Answer(
            {'resource_provider_generation': self._generation, what: found}
        )

    def put(self, url, data, **_):
        if url.startswith('/resource_classes/'):
            return Answer({}, 201)
        if data['resource_provider_generation'] != self._generation:
            return Answer('another generation', 409)
        if self._used().keys() - data['inventories'].keys():
            return Answer('in use', 409)
        self.inventories = data['inventories']
        self._generation += 1
        return Answer({})

    def get_allocations_for_resource_provider(self, context, uuid):
        return types.SimpleNamespace(allocations={})  # Nova removes none

    # What the life does

    def allocate(self, allocations):
        """From now on, these are all allocations there are."""
        if allocations != self.allocations:
            self.allocations = allocations
            self._generation += 1

    def settle(self):
        """Let all threads do what they have begun."""
        while self.waiting:
            self.waiting.pop(0)()

    # What is seen

    def left(self):
        """{canonical key: how many it would give out}."""
        used = self._used()
        return {
            name: one['total'] - one['reserved'] - used[name]
            for name, one in self.inventories.items()
            if name.startswith(names.PREFIX)
        }

    def _used(self):
        used = collections.Counter()
        for has in self.allocations.values():
            used.update(has)
        return used
