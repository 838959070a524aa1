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
"""A GPU flavor boots an instance that holds its vGPU."""

from tests.functional import base

K260Q = 'GRID K260Q'
K200 = 'GRID K200'


class MainJobTest(base.VGPUTestCase):
    """Two hosts with GRID K2 cards, one with an A16, one without GPUs."""

    def setUp(self):
        super().setUp()
        self.start_host('k2-a', 'GRID K2')
        self.start_host('k2-b', 'GRID K2')
        self.start_host('a16', 'NVIDIA A16')
        self.start_host('plain')

    def test_form_of_the_specification_gets_its_vgpu(self):
        flavor = self.flavor({f'capabilities:vgpus:{K260Q}': '> 0'})
        server = self.boot(flavor)
        host = self.host_of(server)
        self.assertIn(host, ('k2-a', 'k2-b'))
        vgpus = self.hypervisor(host).vms[server['id']].vgpus
        self.assertEqual(1, len(vgpus))
        self.assertEqual(3, self.free(host, K260Q))

    def test_two_vgpus_of_one_flavor(self):
        server = self.boot(self.flavor({'vgpus:NVIDIA A16-4Q': '2'}))
        self.assertEqual('a16', self.host_of(server))
        self.assertEqual(14, self.free('a16', 'NVIDIA A16-4Q'))

    def test_whole_gpu_is_handed_through(self):
        server = self.boot(self.flavor({'vgpus:GRID K2 passthrough': '1'}))
        host = self.host_of(server)
        self.assertEqual(1, len(self.hypervisor(host).vms[server['id']].vgpus))
        self.assertEqual(1, self.free(host, 'GRID K2 passthrough'))
        self.assertEqual(2, self.free(host, K260Q))

    def test_small_model_takes_large_ones_away_at_once(self):
        server = self.boot(self.flavor({f'vgpus:{K200}': '1'}))
        free = self.books(self.host_of(server)).free
        self.assertEqual(15, free[K200])
        self.assertEqual(2, free[K260Q])
        self.assertEqual(1, free['GRID K2 passthrough'])

    def test_multi_create_fills_exactly_what_there_is(self):
        flavor = self.flavor({f'vgpus:{K260Q}': '1'})
        self.assertEqual(8, len(self.boot_many(flavor, 8)))
        self.assertEqual(0, self.free('k2-a', K260Q))
        self.assertEqual(0, self.free('k2-b', K260Q))
        failed = self.boot(flavor, expected='ERROR')
        self.assertIn('No valid host', failed['fault']['message'])

    def test_delete_makes_room_for_the_next(self):
        flavor = self.flavor({'vgpus:NVIDIA A16-16Q': '4'})
        first = self.boot(flavor)
        self.boot(flavor, expected='ERROR')
        self._delete_server(first)
        self.boot(flavor)

    def test_plain_instance_keeps_away_from_gpus(self):
        server = self.boot(self.flavor())
        self.assertEqual('plain', self.host_of(server))

    def test_capacity_is_back_after_deletion(self):
        before = {host: self.books(host) for host in self.computes}
        servers = [
            self.boot(self.flavor({f'vgpus:{K200}': '3'})),
            self.boot(self.flavor({f'vgpus:{K260Q}': '1'})),
            self.boot(self.flavor({'vgpus:passthrough': '1'})),
        ]
        for server in servers:
            self._delete_server(server)
        self.assertEqual(
            before, {host: self.books(host) for host in self.computes}
        )
