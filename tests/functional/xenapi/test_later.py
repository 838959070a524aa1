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

"""What the driver can't do yet says so, and changes nothing."""

import time

import ddt
from nova import objects
from nova.tests.functional.api import client as api_client

from tests.functional.xenapi import base

OLD = '2.1'  # what later microversions have no more
VOLUME = 'a07f71dc-8151-4e7d-a0cc-cd24a3f11113'  # of Nova's double of Cinder


@ddt.ddt
class LaterTest(base.XenServerTestCase):
    def setUp(self):
        super().setUp()
        self.start_host()
        self.server = self.boot(
            self.flavor({f'vgpus:{base.K260Q}': '1'}),
            networks=[{'port': self.neutron.port_1['id']}],
        )
        self.before = self.pool.snapshot()

    def ask(self, act):
        """Ask for something; give back what the API says against it."""
        try:
            act()
        except api_client.OpenStackApiException as error:
            return str(error)
        return ''

    def action(self, name, arguments=None):
        self.api.post_server_action(self.server['id'], {name: arguments})

    def assert_not_yet(self, act, words):
        self.log.forget()
        said = self.ask(act)
        self.wait_for(f'The XenServer driver can not {words} yet.', said)
        self.assert_as_before()

    def wait_for(self, sentence, said=''):
        deadline = time.monotonic() + 60
        while sentence not in said + self.last_fault():
            self.assertLess(time.monotonic(), deadline, sentence)
            time.sleep(0.1)
            said = '\n'.join(self.log.lines)

    def assert_as_before(self):
        self.server = self._wait_for_server_parameter(
            self.server, {'OS-EXT-STS:task_state': None}
        )
        self.assertEqual('ACTIVE', self.server['status'])
        for table in ('VM', 'VGPU', 'VDI', 'VBD', 'VIF'):
            self.assertEqual(self.before[table], self.rows(table), table)

    def last_fault(self):
        found = objects.InstanceFaultList.get_latest_by_instance_uuids(
            self.ctxt, [self.server['id']]
        )
        return found[0].message if found else ''

    @ddt.data(
        ('suspend', None, 'suspend instances'),
        (
            'createBackup',
            {'name': 'x', 'backup_type': 'daily', 'rotation': 1},
            'make images of instances',
        ),
        ('shelve', None, 'shelve instances'),
        ('trigger_crash_dump', None, 'trigger crash dumps'),
        ('injectNetworkInfo', None, 'inject network settings'),
    )
    @ddt.unpack
    def test_actions(self, name, arguments, words):
        self.assert_not_yet(lambda: self.action(name, arguments), words)

    def test_image_of_an_instance_is_refused_in_the_log(self):
        words = 'make images of instances'
        said = f'ERROR The XenServer driver can not {words} yet.'
        self.assert_not_yet(
            lambda: self.action('createImage', {'name': 'x'}), words
        )
        self.assertIn(said, '\n'.join(self.log.lines))

    # Here Nova says it by a sentence and a status of its own

    def assert_not_implemented(self, act, version='latest'):
        self.api.microversion = version
        self.addCleanup(setattr, self.api, 'microversion', self.microversion)
        self.assertIn('501', self.ask(act))
        self.assert_as_before()

    @ddt.data(
        ('os-getConsoleOutput', {}),
        ('changePassword', {'adminPass': 'secret'}),
    )
    @ddt.unpack
    def test_actions_with_an_answer(self, name, arguments):
        self.assert_not_implemented(lambda: self.action(name, arguments))

    @ddt.data(OLD, 'latest')
    def test_diagnostics(self, version):
        path = f'/servers/{self.server["id"]}/diagnostics'
        self.assert_not_implemented(lambda: self.api.api_get(path), version)

    @ddt.data('reboot', 'shutdown', 'startup')
    def test_hosts(self, action):
        path = f'/os-hosts/h1/{action}'
        self.assert_not_implemented(lambda: self.api.api_get(path), OLD)

    def test_maintenance(self):
        self.assert_not_implemented(
            lambda: self.api.api_put(
                '/os-hosts/h1', {'maintenance_mode': 'enable'}
            ),
            OLD,
        )

    # Devices, and other hosts

    def test_volumes(self):
        self.assert_not_yet(
            lambda: self.api.post_server_volume(
                self.server['id'], {'volumeAttachment': {'volumeId': VOLUME}}
            ),
            'attach volumes',
        )

    def test_interfaces(self):
        path = f'/servers/{self.server["id"]}/os-interface'
        network = self.neutron.network_1['id']
        said = self.ask(
            lambda: self.api.api_post(
                path, {'interfaceAttachment': {'net_id': network}}
            )
        )
        # By its capabilities, so that Nova doesn't even ask for a port.
        self.assertIn('Attaching interfaces is not supported', said)
        self.assert_as_before()
        port = self.neutron.port_1['id']
        self.assert_not_yet(
            lambda: self.api.api_delete(f'{path}/{port}'),
            'detach network interfaces',
        )

    def test_resize(self):
        flavor = self.flavor({f'vgpus:{base.K200}': '1'})
        self.flags(allow_resize_to_same_host=True)
        self.assert_not_yet(
            lambda: self.action('resize', {'flavorRef': flavor}),
            'resize or migrate instances',
        )
