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

import os
import sys
import threading
from unittest import mock

import fixtures
import nova.conf
from nova import config as nova_config
from nova import monkey_patch
from nova import objects
from nova import service
from oslo_log import log

from nova_vgpu_ext.sandbox import cloud
from nova_vgpu_ext.sandbox import config
from nova_vgpu_ext.sandbox import dispatcher
from nova_vgpu_ext.sandbox import fake_hosts
from tests.unit.sandbox import base


class FakeServer(dispatcher.Dispatcher):
    url = 'http://127.0.0.1:1'
    start = mock.Mock()

    def __init__(self, stopped):
        super().__init__()
        self.stop = lambda: stopped.append('HTTP')


class CloudTest(base.SandboxTestCase):
    def setUp(self):
        super().setUp()
        self.useFixture(fixtures.MonkeyPatch('sys.argv', list(sys.argv)))
        self.useFixture(fixtures.MockPatch('os.environ', dict(os.environ)))
        self.stopped = []
        self.server = FakeServer(self.stopped)
        self.hypervisors = fake_hosts.FakeHosts(self.layout)
        self.hypervisors.stop = lambda: self.stopped.append('hypervisors')
        self.cloud = cloud.Cloud(
            self.layout, ['a', 'b'], self.hypervisors, self.server
        )
        self.create = self.replace(service.Service, 'create')
        self.create.side_effect = self.make_service

    def replace(self, module, name):
        return self.useFixture(fixtures.MockPatchObject(module, name)).mock

    def make_service(self, host, binary, **options):
        made = mock.Mock()
        made.stop = lambda: self.stopped.append(f'{binary} on {host}')
        return made

    def stage(self, wanted):
        for title, function in self.cloud.stages():
            if title == wanted:
                return function()
        raise KeyError(wanted)

    def test_order(self):
        titles = [title for title, _ in self.cloud.stages()]
        self.assertEqual(
            [
                'nova-conductor',
                'nova-scheduler',
                'nova-compute on a',
                'nova-compute on b',
                'nova-api',
            ],
            titles[-5:],
        )

    def test_hypervisors_start_before_they_are_configured(self):
        self.hypervisors.stages = lambda: [('XenServer', None)]
        titles = [title for title, _ in self.cloud.stages()]
        self.assertEqual(['Nova', 'XenServer', 'configuration'], titles[:3])

    def test_nova_is_imported_in_threading_mode(self):
        patch = self.replace(monkey_patch, 'patch')
        self.stage('Nova')
        patch.assert_called_once_with(backend='threading')
        self.assertEqual('1', os.environ['OS_NOVA_DISABLE_EVENTLET_PATCHING'])
        self.assertEqual(['nova-vgpu-sandbox'], sys.argv)

    def test_configuration(self):
        parse = self.replace(nova_config, 'parse_args')
        self.replace(objects, 'register_all')
        self.replace(cloud.sqlite, 'install')
        self.replace(log, 'setup')
        self.stage('configuration')
        (argv,) = parse.call_args.args
        self.assertIn(f'--config-file={self.layout.nova_conf}', argv)
        # Or else those of an installed Nova would be read.
        self.assertIn(f'--config-dir={self.layout.nova_conf_d}', argv)
        self.assertTrue(self.layout.nova_conf.exists())

    def test_identity_of_the_node_is_kept(self):
        for name in ('load_configuration', 'sqlite'):
            self.replace(cloud, name)
        self.replace(config, 'write')
        path = self.layout.state / 'compute_id'
        self.stage('configuration')
        first = path.read_text()
        self.stage('configuration')
        self.assertEqual(first, path.read_text())

    def test_stand_ins(self):
        self.stage('stand-ins for Keystone, Glance, Neutron, Cinder')
        self.assertEqual(
            {'identity', 'image', 'network', 'volume'}, set(self.server._apps)
        )
        self.server.start.assert_called_with()

    def test_each_compute_has_its_own_host_and_cards(self):
        override = self.useFixture(
            fixtures.MockPatchObject(nova.conf.CONF, 'set_override')
        ).mock
        for host in ('a', 'b'):
            self.stage(f'nova-compute on {host}')
            override.assert_any_call('host', host)
            override.assert_any_call(
                'fake_cards_file', str(self.layout.cards(host)), group='vgpus'
            )
        hosts = [call.kwargs['host'] for call in self.create.mock_calls]
        self.assertEqual(['a', 'b'], hosts)

    def test_stops_what_services_need_last(self):
        self.stage('nova-conductor')
        self.stage('nova-scheduler')
        self.cloud.stop()
        self.assertEqual(
            {
                'nova-conductor on controller',
                'nova-scheduler on controller',
            },
            set(self.stopped[:-2]),
        )
        self.assertEqual({'hypervisors', 'HTTP'}, set(self.stopped[-2:]))

    def test_stops_although_a_service_hangs_or_fails(self):
        never = threading.Event()
        self.addCleanup(never.set)
        hanging = mock.Mock(stop=never.wait)
        failing = mock.Mock(stop=mock.Mock(side_effect=ValueError))
        self.create.side_effect = [hanging, failing]
        self.stage('nova-conductor')
        self.stage('nova-scheduler')
        with mock.patch.object(cloud, 'STOP_SECONDS', 0.1):
            self.cloud.stop()
        self.assertEqual({'hypervisors', 'HTTP'}, set(self.stopped))
