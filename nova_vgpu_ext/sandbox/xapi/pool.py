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

"""The state of a simulated pool, and what tests do to it from outside."""

import dataclasses
import datetime
import random
import threading
import time

from nova_vgpu_ext.sandbox.xapi import classes
from nova_vgpu_ext.sandbox.xapi import database
from nova_vgpu_ext.sandbox.xapi import disks
from nova_vgpu_ext.sandbox.xapi import dispatcher
from nova_vgpu_ext.sandbox.xapi import sessions
from nova_vgpu_ext.sandbox.xapi import signatures
from nova_vgpu_ext.sandbox.xapi import tasks


@dataclasses.dataclass
class Settings:
    """What the pool file says of the simulator itself.

    :ivar guest_tools: do guests have XenServer's tools, so that they can be
        shut down, rebooted and suspended cleanly
    :ivar start_seconds: how long a VM takes to start, its vGPUs scheduled
        and not yet resident
    """

    username: str = 'root'
    password: str = 'xensim'
    guest_tools: bool = True
    start_seconds: float = 0.0


class Pool:
    """Hosts, VMs, GPUs and all else that XAPI keeps.

    :ivar db: database.Database; hold :attr:`lock` to use it beside a server
    :ivar lock: a condition that is told of each change
    :ivar random: decides what XAPI leaves to chance
    """

    def __init__(self, release=None, seed=0, settings=None):
        self.signatures = signatures.load(release)
        self.settings = settings or Settings()
        self.random = random.Random(seed)
        self.lock = threading.Condition(threading.RLock())
        # The server's own arithmetic needs what old clients don't see.
        self.db = database.Database(signatures.load().classes, self.random)
        self.disks = disks.Disks()
        self.sessions = sessions.Sessions(self)
        self.tasks = tasks.Tasks(self)
        self.dispatcher = dispatcher.Dispatcher(self, classes.HANDLERS)
        self.domains = 0

    @property
    def ref(self):
        """Reference of the object of class pool."""
        return next(iter(self.db.tables['pool']))

    @property
    def master(self):
        """Reference of the host that answers for the pool."""
        return self.db.row('pool', self.ref)['master']

    def call(self, method, *parameters):
        """Make a call without a server, as an administrator would.

        :param parameters: as the bindings take them, without the session
        :returns: the result; integers are ints, not texts
        :raises failure.Failure: if XAPI refuses the call
        """
        return self.dispatcher.perform(method, parameters, self.master)

    def now(self):
        """The time as XAPI writes it."""
        now = datetime.datetime.now(datetime.UTC)
        return now.strftime('%Y%m%dT%H:%M:%SZ')

    def pause(self, seconds):
        """Let other calls in for a while; the lock must be held."""
        end = time.monotonic() + seconds
        self.lock.notify_all()
        while (left := end - time.monotonic()) > 0:
            self.lock.wait(left)

    def next_domain(self):
        """The number of a new domain."""
        self.domains += 1
        return self.domains

    def licensed(self, feature):
        """May a feature be used? 'gpu' or 'vgpu', for instance."""
        restrictions = self.db.row('pool', self.ref)['restrictions']
        return restrictions.get(f'restrict_{feature}') != 'true'

    # For tests

    def snapshot(self):
        """{class: {reference: {field: value}}} of all there is now."""
        with self.lock:
            return {
                table: {ref: dict(row) for ref, row in rows.items()}
                for table, rows in self.db.tables.items()
            }

    def close(self):
        """Throw the disks' contents away."""
        self.disks.close()


def added(before, after):
    """What one snapshot has more than an earlier one.

    :returns: {class: set of references}, without the classes that have none
    """
    found = {table: set(after[table]) - set(before[table]) for table in after}
    return {table: refs for table, refs in found.items() if refs}
