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


import inspect
import socket
from unittest import mock

import ddt
import nova.conf
from nova import exception
from nova.compute import provider_tree
from nova.virt import driver as nova_driver
from nova.virt import fake as nova_fake
from oslo_utils.fixture import uuidsentinel as uuids

from nova_vgpu_ext.virt.xenapi import driver
from nova_vgpu_ext.virt.xenapi import errors
from nova_vgpu_ext.virt.xenapi import later
from tests.unit.virt.xenapi import base
from tests.unit.virt.xenapi import driver_base

CONF = nova.conf.CONF
SHARED = [{'name': 'shared', 'type': 'nfs'}]


@ddt.ddt
class InterfaceTest(driver_base.DriverTestCase):
    @ddt.data(
        *(
            name
            for name, method in inspect.getmembers(
                driver.XenAPIDriver, inspect.isfunction
            )
            if hasattr(nova_driver.ComputeDriver, name)
            and method.__module__.startswith('nova_vgpu_ext')
            and not hasattr(later.LaterMixin, name)
            and name != '__init__'
        )
    )
    def test_takes_what_nova_gives(self, name):
        """In all releases: what a later one added is optional."""
        ours = inspect.signature(getattr(driver.XenAPIDriver, name))
        ours = ours.parameters
        stock = getattr(nova_fake.FakeDriver, name)
        stock = inspect.signature(stock).parameters
        self.assertEqual(list(stock), list(ours)[: len(stock)])
        for added in list(ours.values())[len(stock) :]:
            self.assertIsNone(added.default)

    @ddt.data(
        *(name for name in vars(later.LaterMixin) if not name.startswith('_'))
    )
    def test_what_is_not_there_says_so(self, name):
        self.assertTrue(hasattr(nova_driver.ComputeDriver, name))
        method = getattr(later.LaterMixin(), name)
        expected = errors.NotYet
        if name.startswith('check'):
            expected = exception.MigrationPreCheckError
        error = self.assertRaises(expected, method, *[None] * 4)
        self.assertIn('The XenServer driver can not ', error.format_message())
        self.assertIn(' yet.', error.format_message())


@ddt.ddt
class StartTest(driver_base.DriverTestCase):
    def assert_exits(self, act, words):
        error = self.assertRaises(SystemExit, act)
        self.assertIn(words, str(error))
        self.assertIn(words, self.log.output)
        self.assertNotIn('Traceback', self.log.output)

    def test_no_password(self):
        self.simulate()
        self.assert_exits(
            lambda: self.make_driver(connection_password=None),
            'Set [xenserver] connection_password',
        )

    def test_bad_aliases(self):
        self.simulate()
        self.conf.config(group='vgpus', model_aliases={'a': 'b', 'b': 'a'})
        self.assert_exits(self.make_driver, 'aliases of vGPU models')

    def test_bad_option(self):
        self.simulate()
        with mock.patch(
            'nova_vgpu_ext.virt.xenapi.settings.load',
            side_effect=driver.cfg.ConfigFileValueError('no URL'),
        ):
            self.assert_exits(self.make_driver, 'no URL')

    def test_wrong_password(self):
        self.simulate()
        made = self.make_driver(connection_password='a bad one')
        self.assert_exits(lambda: made.init_host('h1'), 'does not accept user')
        self.assertNotIn('a bad one', self.log.output)

    def test_unreachable(self):
        self.simulate()
        with socket.create_server(('127.0.0.1', 0)) as unused:
            port = unused.getsockname()[1]
        made = self.make_driver(connection_url=f'https://127.0.0.1:{port}')
        self.assert_exits(lambda: made.init_host('h1'), 'can not be reached')

    def test_unclear_host(self):
        self.simulate(base.TWO_HOSTS)
        url = self.simulator.url().replace('127.0.0.1', 'localhost')
        made = self.make_driver(connection_url=url)
        self.assert_exits(lambda: made.init_host('h1'), 'It is not clear')

    def test_host_by_uuid(self):
        self.simulate(base.TWO_HOSTS, storage=SHARED)
        made = self.driver('h1', host_uuid=self.host_uuid('h2'))
        self.assertEqual(['h2'], made.get_available_nodes())

    def test_unknown_host(self):
        self.simulate()
        made = self.make_driver(host_uuid=uuids.none)
        self.assert_exits(lambda: made.init_host('h1'), 'is in no host')

    @ddt.data(
        [{'name': 'elsewhere', 'hosts': ['h2']}],
        [{'name': 'b', 'hosts': ['h2']}, {'name': 'a', 'hosts': ['h1']}],
    )
    def test_storage_of_another_host(self, storage):
        self.simulate(base.TWO_HOSTS, storage=storage)
        made = self.make_driver()
        self.assert_exits(lambda: made.init_host('h1'), 'sr_matching_filter')

    def test_storage_by_other_config(self):
        self.simulate(base.TWO_HOSTS)
        made = self.driver(
            'h2', sr_matching_filter='other-config:i18n-key=local-storage'
        )
        (pbd,) = self.rows('SR')[made.disks.repository]['PBDs']
        self.assertEqual(made.host.ref, self.rows('PBD')[pbd]['host'])

    def test_two_storages(self):
        storage = [{'name': n, 'hosts': ['h1']} for n in ('a', 'b')]
        self.simulate(base.TWO_HOSTS, storage=storage)
        made = self.make_driver(
            sr_matching_filter='other-config:i18n-key=local-storage'
        )
        self.assert_exits(lambda: made.init_host('h1'), '2 of the storage')

    def test_unprotected_password(self):
        self.simulate()
        self.driver(connection_url=self.simulator.url(scheme='http'))
        self.assertIn('crosses the network unprotected', self.log.output)

    def test_protected_password(self):
        self.simulate()
        self.driver()
        self.assertNotIn('unprotected', self.log.output)

    def test_findings(self):
        self.simulate()
        self.conf.config(
            group='vgpus', enabled_models=['K3'], reserved_pgpus=['gone']
        )
        self.driver()
        self.assertIn("names 'K3', which this host", self.log.output)
        self.assertIn("names 'gone', which this host", self.log.output)

    def test_two_hosts_in_one_process(self):
        self.simulate(base.TWO_HOSTS, storage=SHARED)
        first, second = self.driver('h1'), self.driver('h2')
        one = self.instance('one')
        self.spawn(first, one)
        self.assertEqual([one.uuid], first.list_instance_uuids())
        self.assertEqual([], second.list_instance_uuids())
        second.destroy(None, one, None)
        self.assertEqual('Running', self.the_vm()[1]['power_state'])
        self.assertEqual({}, first.get_available_resource('h2'))


class NodeTest(driver_base.DriverTestCase):
    def setUp(self):
        super().setUp()
        self.simulate()
        self.xen = self.driver()

    def test_resources(self):
        found = self.xen.get_available_resource('h1')
        self.assertEqual('h1', found['hypervisor_hostname'])
        self.assertEqual(16, found['vcpus'])
        self.assertEqual(65536, found['memory_mb'])
        self.assertEqual(500, found['local_gb'])
        self.assertEqual('XenServer', found['hypervisor_type'])
        self.assertEqual(
            {found['uuid']: 'h1'}, self.xen.get_nodenames_by_uuid()
        )
        self.assertEqual(4, found['vgpus'].free['GRID K260Q'])

    def test_ten_calls(self):
        self.xen.get_available_resource('h1')
        self.assertLessEqual(len(self.simulator.calls), 10)
        self.assertEqual(
            {call.outcome for call in self.simulator.calls}, {'Success'}
        )

    def test_renamed_host(self):
        self.pool.db.write('host', self.xen.host.ref, hostname='new')
        found = self.xen.get_available_resource('h1')
        self.assertEqual('h1', found['hypervisor_hostname'])

    def test_provider_tree(self):
        tree = provider_tree.ProviderTree()
        tree.new_root('h1', uuids.node)
        self.xen.update_provider_tree(tree, 'h1')
        calls = len(self.simulator.calls)
        self.xen.update_provider_tree(tree, 'h1')
        self.assertEqual(calls, len(self.simulator.calls))
        inventory = tree.data('h1').inventory
        self.assertEqual(
            {'VCPU': 16, 'MEMORY_MB': 65536, 'DISK_GB': 500},
            {name: one['total'] for name, one in inventory.items()},
        )

    def test_uptime(self):
        self.assertRegex(
            self.xen.get_host_uptime(),
            r'^\d\d:\d\d:\d\d up \d+ days, \d+:\d\d$',
        )

    def test_host_ip(self):
        self.assertEqual(CONF.my_ip, self.xen.get_host_ip_addr())

    def test_vifs_need_nothing(self):
        one = self.instance()
        self.xen.plug_vifs(one, None)
        self.xen.unplug_vifs(one, None)

    def test_sessions_end(self):
        self.assertEqual(1, len(self.rows('session')))
        self.xen.cleanup_host('h1')
        self.assertEqual({}, self.rows('session'))


@ddt.ddt
class OtherPoolsTest(driver_base.DriverTestCase):
    """What is reported of hosts that aren't like the usual ones."""

    def vgpus(self, host='h1'):
        return self.driver(host).get_available_resource(host)['vgpus']

    def test_no_cards(self):
        self.simulate({'hosts': [{'name': 'h1'}]})
        self.assertIsNone(self.vgpus())

    def test_this_host_only(self):
        self.simulate(
            {
                'hosts': [
                    {'name': 'h1', 'cards': ['GRID K2']},
                    {'name': 'h2', 'cards': ['GRID K2', 'GRID K2']},
                    {'name': 'h3'},
                ]
            },
            storage=SHARED,
        )
        self.assertEqual(4, self.vgpus('h1').free['GRID K260Q'])
        self.assertEqual(8, self.vgpus('h2').free['GRID K260Q'])
        self.assertIsNone(self.vgpus('h3'))

    def test_no_licence_for_gpus(self):
        self.simulate(restricted=['gpu'])
        self.assertEqual(0, sum(self.vgpus().free.values()))
        self.assertIn('has no GPUs: instances get none', self.log.output)

    def test_no_licence_for_vgpus(self):
        self.simulate(restricted=['vgpu'])
        xen = self.driver()
        for _ in range(3):
            found = xen.get_available_resource('h1')['vgpus']
        self.assertEqual({'GRID K2 passthrough': 2}, dict(found.free))
        self.assertEqual(1, self.log.output.count('has no vGPUs'))

    def test_no_iommu(self):
        cards = ['GRID K2', 'NVIDIA A16']
        host = {'name': 'h1', 'cards': cards, 'iommu': False}
        self.simulate({'hosts': [host]})
        self.assertEqual(
            {'GRID K200', 'GRID K240Q', 'GRID K260Q'}, set(self.vgpus().free)
        )
        self.assertIn('The IOMMU of this host is off', self.log.output)

    @ddt.data(
        ('boston', True),
        ('clearwater', True),
        ('vgpu-tech-preview', True),
        ('vgpu-productisation', False),
        ('cream', False),
        ('dundee', False),
        ('stockholm', False),
    )
    @ddt.unpack
    def test_releases(self, release, whole_only):
        self.simulate(release=release)
        xen = self.driver()
        free = xen.get_available_resource('h1')['vgpus'].free
        self.assertEqual(2, free['GRID K2 passthrough'])
        self.assertEqual(0 if whole_only else 4, free.get('GRID K260Q', 0))
        self.assertEqual(whole_only, 'whole GPUs only' in self.log.output)
        name = 'GRID K2 passthrough' if whole_only else 'GRID K260Q'
        self.spawn(xen, self.instance('gpu', {f'vgpus:{name}': '1'}))
        self.assertEqual(1, len(self.rows('VGPU')))
        found = xen.get_available_resource('h1')['vgpus']
        self.assertEqual(1, len(found.residents))
        xen.destroy(None, self.instance('gpu'), None)
        self.assertEqual({}, self.left_over())

    def test_foreign_vms(self):
        self.simulate()
        xen = self.driver()
        self.start_foreign('0001:nvidia,11bf,,11b0,101b')
        found = xen.get_available_resource('h1')['vgpus']
        (resident,) = found.residents
        self.assertEqual((None, 'stranger'), resident[2:])
        self.assertEqual([], xen.list_instances())

    def test_books_that_contradict_themselves(self):
        self.simulate()
        xen = self.driver()
        for ref, row in self.rows('VGPU_type').items():
            identifier = 'same,' if 'K200' in row['model_name'] else 'same-'
            self.pool.db.write('VGPU_type', ref, identifier=identifier)
        self.assertIsNone(xen.get_available_resource('h1')['vgpus'])
        self.assertIn('GPUs of this host can not be used', self.log.output)
