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


import socket

from nova.compute import power_state
from oslo_utils import units

from nova_vgpu_ext.sandbox.xapi import outside
from tests.functional.xenapi import base
from tests.functional.xenapi.base import K260Q


def received(sock, count):
    """So many bytes, or fewer at the end."""
    data = b''
    while len(data) < count and (piece := sock.recv(count - len(data))):
        data += piece
    return data


class LifeTest(base.XenServerTestCase):
    """An instance with a vGPU, on the only host."""

    def setUp(self):
        super().setUp()
        self.start_host()
        self.server = self.boot(self.flavor({f'vgpus:{K260Q}': '1'}))

    def assert_has_vgpu(self):
        (vgpu,) = self.vgpus_of(self.server)
        self.assertIn(vgpu['resident_on'], self.rows('PGPU'))
        self.assertEqual(3, self.free('h1', K260Q))

    def action(self, name, arguments=None, state='ACTIVE'):
        self.api.post_server_action(self.server['id'], {name: arguments})
        self.server = self._wait_for_server_parameter(
            self.server, {'status': state, 'OS-EXT-STS:task_state': None}
        )

    def vm_state(self):
        return self.vm_of(self.server)[1]['power_state']

    def test_stop_and_start(self):
        self.action('os-stop', state='SHUTOFF')
        self.assertEqual('Halted', self.vm_state())
        self.audit()
        self.assertEqual((), self.books('h1').residents)
        self.assertEqual(3, self.free('h1', K260Q))
        self.action('os-start')
        self.assert_has_vgpu()

    def test_reboot_pause_and_uptime(self):
        for kind in ('SOFT', 'HARD'):
            self.action('reboot', {'type': kind})
            self.assertEqual('Running', self.vm_state())
            self.assert_has_vgpu()
        self.action('pause', state='PAUSED')
        self.assertEqual('Paused', self.vm_state())
        self.action('unpause')
        self.assert_has_vgpu()
        (host,) = self.admin_api.api_get('/os-hypervisors/detail').body[
            'hypervisors'
        ]
        self.assertIn(' up ', host['uptime'])
        self.assertEqual('XenServer', host['hypervisor_type'])

    def test_rescue_and_unrescue(self):
        image = self.make_image(bytes(units.Mi))
        self.action('rescue', {'rescue_image_ref': image}, 'RESCUE')
        self.assert_has_vgpu()
        names = [d['name_label'] for d in self.disks_of(self.server).values()]
        uuid = self.server['id']
        self.assertEqual([f'{uuid}-rescue', f'{uuid}-root'], sorted(names))
        self.action('unrescue')
        self.assert_has_vgpu()
        self.assertEqual(1, len(self.disks_of(self.server)))
        self._delete_server(self.server)
        self.assertEqual({}, self.left_over())

    def test_soft_delete_and_restore(self):
        self.flags(reclaim_instance_interval=3600)
        self.api.delete_server(self.server['id'])
        self._wait_for_state_change(self.server, 'SOFT_DELETED')
        self.assertEqual('Halted', self.vm_state())
        self.action('restore')
        self.assert_has_vgpu()

    def test_console(self):
        self.flags(enabled=True, group='vnc')
        answer = self.api.api_post(
            f'/servers/{self.server["id"]}/remote-consoles',
            {'remote_console': {'protocol': 'vnc', 'type': 'novnc'}},
        )
        url = answer.body['remote_console']['url']
        token = url.rpartition('token%3D')[2]
        found = self.admin_api.api_get(f'/os-console-auth-tokens/{token}')
        console = found.body['console']
        address = console['host'], int(console['port'])
        with socket.create_connection(address, timeout=5) as proxy:
            path = console['internal_access_path']
            proxy.sendall(f'CONNECT {path} HTTP/1.1\r\n\r\n'.encode())
            self.assertEqual(
                b'HTTP/1.1 200 OK\r\n\r\nRFB 003.003\n',
                received(proxy, 31),
            )

    def test_nova_compute_starts_again(self):
        before = self.books('h1')
        self.restart_compute_service(self.computes['h1'])
        self.assertEqual(before.claims, self.books('h1').claims)
        self.assert_has_vgpu()

    def test_host_reboots(self):
        self.flags(resume_guests_state_on_host_boot=True)
        outside.reboot(self.pool, self.driver().host.uuid)
        self.assertEqual('Halted', self.vm_state())
        self.restart_compute_service(self.computes['h1'])
        self._wait_for_server_parameter(
            self.server, {'OS-EXT-STS:power_state': power_state.RUNNING}
        )
        self.assertEqual('Running', self.vm_state())
        self.assert_has_vgpu()


class MigrationTest(base.XenServerTestCase):
    """What can't be yet leaves an instance as it was."""

    def setUp(self):
        super().setUp()
        self.simulate(
            {
                'hosts': [
                    {'name': 'h1', 'cards': ['GRID K2']},
                    {'name': 'h2', 'cards': ['GRID K2']},
                ],
                'storage': [{'name': 'shared', 'type': 'nfs'}],
            }
        )
        self.start_host('h1')
        self.start_host('h2')
        self.server = self.boot(
            self.flavor({f'vgpus:{K260Q}': '1'}), az='nova:h1'
        )

    def assert_as_before(self):
        server = self.api.get_server(self.server['id'])
        self.assertEqual('ACTIVE', server['status'])
        self.assertEqual('h1', self.host_of(server))
        self.assertEqual('Running', self.vm_of(server)[1]['power_state'])
        self.assertEqual(1, len(self.vgpus_of(server)))

    def test_cold(self):
        self.api.post_server_action(self.server['id'], {'migrate': None})
        self._wait_for_migration_status(self.server, ['error'])
        self._wait_for_server_parameter(
            self.server, {'OS-EXT-STS:task_state': None}
        )
        self.assert_as_before()

    def test_live(self):
        self.api.post_server_action(
            self.server['id'],
            {'os-migrateLive': {'host': 'h2', 'block_migration': 'auto'}},
        )
        self._wait_for_server_parameter(
            self.server, {'OS-EXT-STS:task_state': None}
        )
        self.assert_as_before()

    def test_evacuation(self):
        self.computes['h1'].stop()
        (service,) = self.admin_api.get_services(
            binary='nova-compute', host='h1'
        )
        self.admin_api.put_service_force_down(service['id'], True)
        self.log.forget()
        self.api.post_server_action(self.server['id'], {'evacuate': {}})
        self._wait_for_migration_status(self.server, ['failed', 'error'])
        self._wait_for_server_parameter(
            self.server, {'OS-EXT-STS:task_state': None}
        )
        self.assertIn('evacuate', '\n'.join(self.log.lines))
        server = self.api.get_server(self.server['id'])
        self.assertEqual('h1', self.host_of(server))
        self.assertEqual(1, len(self.vgpus_of(server)))
