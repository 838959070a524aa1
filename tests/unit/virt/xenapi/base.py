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


"""Simulated XenServer pools for tests."""

import selectors
import socketserver

import fixtures
from oslotest import base

from nova_vgpu_ext.sandbox.xapi import pools
from nova_vgpu_ext.sandbox.xapi import server
from nova_vgpu_ext.virt.xenapi import hosts
from nova_vgpu_ext.virt.xenapi import session
from nova_vgpu_ext.virt.xenapi import settings

# Up to Nova 32 all threads are eventlet's, the simulator's too, which then
# must not wait by a selector from before eventlet was there.
socketserver._ServerSelector = selectors.DefaultSelector

ONE_HOST = {'hosts': [{'name': 'h1', 'cards': ['GRID K2']}]}
TWO_HOSTS = {'hosts': [{'name': 'h1'}, {'name': 'h2'}]}


class SimulatorTestCase(base.BaseTestCase):
    """Has a simulator, and sessions with it."""

    def setUp(self):
        super().setUp()
        self.log = self.useFixture(fixtures.FakeLogger(format='%(message)s'))

    def simulate(self, content=None, **settings):
        """Start to serve a pool.

        :param content: as a pool file has it
        """
        pool = pools.parse({**(content or ONE_HOST), **settings})
        self.simulator = server.Simulator(pool).start()
        self.addCleanup(self.simulator.stop)
        self.pool = pool
        return self.simulator

    def host_uuid(self, name='h1'):
        hosts = self.pool.snapshot()['host'].values()
        (uuid,) = (h['uuid'] for h in hosts if h['name_label'] == name)
        return uuid

    def session(self, host='h1', **changes):
        """A session.Session with a member of the pool."""
        given = {
            'url': self.simulator.url(self.host_uuid(host)),
            'username': 'root',
            'password': self.pool.settings.password,
            'host_uuid': None,
            'cafile': self.simulator.ca_file,
            'insecure': False,
            'connections': 2,
            'login_timeout': 5,
            'running_timeout': 5,
            'sr_key': None,
            'sr_value': None,
        }
        made = session.Session(settings.Settings(**{**given, **changes}))
        self.addCleanup(made.close)
        return made

    def found_host(self, session):
        return hosts.find(session)

    def rows(self, table):
        """{reference: record} of a class, as the pool keeps it."""
        return self.pool.snapshot()[table]

    def called(self, method):
        """How often a method was called."""
        return self.simulator.calls.counts()[method]
