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

"""What a host goes through."""

import collections
import itertools
import random
import uuid

from nova import exception
from nova import objects
from nova.compute import vm_states

from nova_vgpu_ext import flavors
from tests.life import records
from tests.life import servers

_NUMBERS = itertools.count()

REFUSED = exception.ComputeResourcesUnavailable


class Life:
    """One host and all that was ever on it.

    :ivar random: decides what the laws may not depend on
    :ivar choose: function that draws one of a list
    :ivar is_calm: whether nothing ever comes from outside
    :ivar news: how many transitions there were since the last audit
    :ivar short: whether something from outside left Nova's claims short
    """

    def __init__(self, host, kinds, is_calm, seed):
        self.host = host
        self.is_calm = is_calm
        self.random = random.Random(seed)
        self.flavors = [
            records.flavor(number, counts)
            for number, counts in enumerate(kinds, start=1)
        ]
        self.servers = []
        self.choose = None
        self.short = False
        self.foreign = 0
        self.news = 0

    def new_uuid(self):
        """Its order among others depends on the seed alone."""
        return str(
            uuid.UUID(int=self.random.getrandbits(32) << 96 | next(_NUMBERS))
        )

    @property
    def context(self):
        return self.host.context

    @property
    def tracker(self):
        return self.host.tracker

    @property
    def driver(self):
        return self.host.driver

    @property
    def node(self):
        return self.host.name

    @property
    def node_id(self):
        return self.tracker.compute_nodes[self.node].id

    @property
    def is_shaken(self):
        """May Nova's claims be short through no fault of Nova's?"""
        return self.short or not self.host.is_informed

    def instance(self, server):
        return records.instance(self.context, server.uuid)

    def migration(self, server):
        return objects.Migration.get_by_id(self.context, server.migration)

    def vm(self, server):
        """The server's VM here, or None."""
        return self.host.hypervisor.vms.get(server.uuid)

    def expected(self):
        """Counter of (owner, key) of all that the host holds."""
        return collections.Counter(
            (server.uuid, key)
            for server in self.servers
            for flavor in server.held()
            for key in flavors.valid_request(flavor).keys()
        )

    def settle(self):
        """An audit has counted anew what is there."""
        self.news = 0
        for server in self.servers:
            server.left.clear()
            if server.stage == servers.BROKEN:
                server.stage = servers.HERE
        self.servers = [s for s in self.servers if s.stage != servers.GONE]

    def audit(self):
        self.host.audit()
        self.settle()

    def restart(self, removed=()):
        """Another process of nova-compute for the same host.

        :param removed: instances whose VMs it finds to be elsewhere now
        """
        self.host.abandon_audit()
        self.host.open_driver()
        for instance in removed:
            self.driver.destroy(self.context, instance, None)
        for server in self.servers:
            self._init(server)
        self.host.open_tracker()
        self.settle()

    def _init(self, server):
        """What becomes of a server in the middle of something."""
        server.claim = None
        if server.stage in ('building', 'unshelving'):
            self._reset(server, vm_states.ERROR)
        elif server.stage in ('resizing: claimed', 'going: claimed'):
            self._reset(server, server.vm_state)
        elif server.stage == 'coming alive: started':
            server.stage = servers.LOST

    def _reset(self, server, vm_state):
        server.stage, server.vm_state, server.other = (
            servers.HERE,
            vm_state,
            None,
        )
        records.keep(self.instance(server), vm_state=vm_state, task_state=None)

    def update_usage(self, instance):
        self.tracker.update_usage(self.context, instance, self.node)

    def not_for_nova(self, what):
        """Something was refused that Nova's own doing must not prevent."""
        assert self.is_shaken, f'{what}, though nothing came from outside'

    def facts(self):
        """What a refusal must leave as it was."""
        host = self.host
        return host.books, host.saved_books.to_json(), host.failed_builds

    def has_changed_nothing(self, before):
        """A refusal must not, since these were its facts."""
        assert self.facts() == before, 'a refusal has changed something'
