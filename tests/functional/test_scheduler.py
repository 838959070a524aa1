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

"""Where instances go, and what becomes of those that lost a race."""

from unittest import mock

from nova import objects

from nova_vgpu_ext import request
from tests.functional import base

K260Q = 'GRID K260Q'
K200 = 'GRID K200'


class SchedulerTest(base.VGPUTestCase):
    """Two hosts with two pGPUs each: 2 x K260Q or 8 x K200 on one."""

    def setUp(self):
        super().setUp()
        self.start_host('a', 'GRID K2')
        self.start_host('b', 'GRID K2')
        self.k200 = self.flavor({f'vgpus:{K200}': '1'})
        self.k260q = self.flavor({f'vgpus:{K260Q}': '1'})

    def test_started_pgpu_is_filled_before_the_next(self):
        hosts = {self.host_of(self.boot(self.k200)) for _ in range(4)}
        self.assertEqual(1, len(hosts))
        (other,) = {'a', 'b'} - hosts
        self.assertEqual(2, self.free(other, 'GRID K2 passthrough'))
        self.assertEqual(1, self.free(*hosts, 'GRID K2 passthrough'))

    def test_multi_create_of_different_room_on_each_host(self):
        self.boot(self.flavor({'vgpus:passthrough': '1'}))
        servers = self.boot_many(self.flavor({f'vgpus:{K260Q}': '2'}), 3)
        self.assertEqual({'ACTIVE'}, {one['status'] for one in servers})
        self.assertEqual([0, 0], [self.free(host, K260Q) for host in 'ab'])

    def test_loser_of_a_race_goes_to_the_alternate(self):
        """A claim that the scheduler did not see yet."""
        chosen = self.host_of(self.boot(self.k200))
        (other,) = {'a', 'b'} - {chosen}
        tracker = self.computes[chosen].rt
        node = tracker.compute_nodes[chosen]
        node.vgpus = node.vgpus.claim(
            'ghost', request.VGPURequest.of({K200: 15})
        )
        self.assertEqual(other, self.host_of(self.boot(self.k200)))
        self.audit()
        stats = objects.ComputeNode.get_first_node_by_host_for_old_compat(
            self.ctxt, chosen
        ).stats
        self.assertEqual('0', stats.get('failed_builds', '0'))

    def test_rebuild_of_an_instance_on_a_full_host(self):
        server = self.boot(self.flavor({f'vgpus:{K260Q}': '4'}))
        host = self.host_of(server)
        self.assertEqual(0, self.free(host, K260Q))
        before = self.books(host)
        self._rebuild_server(server, '155d900f-4e14-4e4c-a73d-069cbf4541e6')
        self.assertEqual(host, self.host_of(server))
        self.audit(host)
        self.assertEqual(before.claims, self.books(host).claims)

    def test_failed_audit_promises_nothing_twice(self):
        """The conductor is away in the middle of an audit.

        The hypervisor holds nothing for an instance that is stopped.
        """
        server = self.boot(self.flavor({f'vgpus:{K260Q}': '4'}))
        host = self.host_of(server)
        self._stop_server(server)
        with mock.patch.object(
            objects.InstanceList,
            'get_by_host_and_node',
            side_effect=ConnectionError,
        ):
            self.audit(host)
        # The claim alone protects it.
        with self.hasty_scheduler():
            failed = self.boot(self.k260q, 'ERROR', az=f'nova:{host}')
        self.assertIn('not enough vGPUs', failed['fault']['message'])
