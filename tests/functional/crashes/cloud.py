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
"""A cloud whose nova-computes can crash and be started anew."""

import contextlib
import copy
import logging

from futurist import _thread
from nova.tests.functional.api import client
from oslo_service import service as oslo_service

from tests.functional import base
from tests.functional.crashes import channels
from tests.functional.crashes import life
from tests.functional.crashes import messages
from tests.functional.crashes import operations


class CrashingCloud(base.VGPUTestCase):
    """Hosts of one GRID K2 each; their state outlives their nova-compute.

    :ivar hosts: names of the hosts
    """

    hosts = ('a', 'b')
    MODEL = operations.K260Q

    def setUp(self):
        super().setUp()
        # What Nova leaves in Placement when it crashes is another matter.
        self.flags(claim_in_placement=False, group='vgpus')
        self.flags(allow_resize_to_same_host=len(self.hosts) == 1)
        # The answer of a dead service is waited for.
        self.flags(rpc_response_timeout=10)
        self.messages = self.useFixture(messages.Messages())
        self.useFixture(channels.Channels())
        for host in self.hosts:
            self.start_host(host, 'GRID K2')
        self._save_time()
        self.small = self.flavor(operations.SMALL)
        self.large = self.flavor(operations.LARGE)
        self.filling = {
            count: self.flavor({f'vgpus:{self.MODEL}': str(count)})
            for count in range(1, 5)
        }

    def _save_time(self):
        # Nova's fixtures format each message, read or not, and let each
        # thread look a hundred times a second whether it is to end.
        logging.disable(logging.DEBUG)
        self.addCleanup(logging.disable, logging.NOTSET)
        _thread.ThreadWorker.MAX_IDLE_FOR = 0.2

    # Services

    def start_host(self, host, *cards, **flags):
        self.messages.lives[host] = life.Life(host)
        service = super().start_host(host, *cards, **flags)
        channels.count_driver_calls(service.manager.driver)
        return service

    def life(self, host):
        return self.messages.lives[host]

    def replace(self, host):
        """Start a new nova-compute after the one of a host has crashed."""
        self._remove(self.computes[host])
        self.messages.lives[host] = life.Life(host)
        self.computes[host] = self.start_service('compute', host=host)
        channels.count_driver_calls(self.computes[host].manager.driver)
        self.messages.redeliver()
        self.messages.wait_until_quiet()

    @staticmethod
    def _remove(service):
        """Let a dead service take no messages, and do nothing else."""
        for name in ('rpcserver', 'rpcserver_alt'):
            server = vars(service).get(name)  # releases differ
            if server is not None:
                server.stop()
                server.wait()
        oslo_service.Service.stop(service)
        service.stop = lambda: None  # not in order, at the test's end

    # Instances

    def post(self, flavor, host='a'):
        """Make an instance on a host."""
        az = f'nova:{host}'
        server = self._build_server(flavor_id=flavor, networks='none', az=az)
        made = self.api.post_server({'server': server})
        self.messages.wait_until_quiet()
        return made

    def act(self, server, action):
        self.api.post_server_action(server['id'], copy.deepcopy(action))
        self.messages.wait_until_quiet()

    def delete(self, server):
        """Delete an instance, as its user does.

        That fails where the API asks a service that is dead.
        """
        with contextlib.suppress(client.OpenStackApiException):
            self.api.delete_server(server['id'])
        self.messages.wait_until_quiet()

    def delete_all(self):
        """Delete all instances, as users do and, if need be, operators."""
        for server in self.api.get_servers():
            self.delete(server)
        for server in self.api.get_servers():
            self.act(server, {'os-resetState': {'state': 'error'}})
            self.act(server, {'forceDelete': None})

    def clean_up(self):
        """What Nova does every half an hour, if not told otherwise."""
        for host, service in self.computes.items():
            self.flags(host=host)
            service.manager._cleanup_running_deleted_instances(self.ctxt)
            service.manager._cleanup_incomplete_migrations(self.ctxt)
