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

"""vGPUs are resources of Placement."""

import time
from unittest import mock

import ddt
import fixtures
from keystoneauth1 import exceptions as ks_exc
from nova import exception
from nova import objects
from nova.cmd import manage
from nova.scheduler.client import report
from oslo_utils import uuidutils

from nova_vgpu_ext import names
from nova_vgpu_ext.cmd import healing
from nova_vgpu_ext.scheduler import second_look
from tests.functional import base
from tests.life import records

K200 = 'GRID K200'
K240Q = 'GRID K240Q'
K260Q = 'GRID K260Q'
KEY = names.canonical_key(K260Q)


class InventoryTest(base.VGPUTestCase):
    def setUp(self):
        super().setUp()
        self.start_host('h1', 'GRID K2')

    def provider(self, host='h1'):
        return self._node(host).uuid

    def test_inventory_and_trait(self):
        inventories = self._get_provider_inventory(self.provider())
        told = inventories[names.canonical_key(K200)]
        self.assertEqual((16, 0), (told['total'], told['reserved']))
        self.assertIn('VCPU', inventories)
        self.assertIn(
            'CUSTOM_VGPU', self._get_provider_traits(self.provider())
        )

    def test_host_without_gpus(self):
        self.start_host('plain')
        inventories = self._get_provider_inventory(self.provider('plain'))
        self.assertEqual({'VCPU', 'MEMORY_MB', 'DISK_GB'}, set(inventories))
        self.assertNotIn(
            'CUSTOM_VGPU', self._get_provider_traits(self.provider('plain'))
        )

    def test_boot_and_delete(self):
        server = self.boot(self.flavor({f'vgpus:{K260Q}': '2'}))
        allocations = self._get_allocations_by_server_uuid(server['id'])
        self.assertEqual(2, allocations[self.provider()]['resources'][KEY])
        self.assert_placement()
        self.assertEqual(2, self.left_in_placement('h1')[KEY])
        self._delete_server(server)
        self.assert_placement()
        self.assertEqual(4, self.left_in_placement('h1')[KEY])

    def test_each_form_is_one_allocation(self):
        forms = (
            {f'capabilities:vgpus:{K260Q}': '> 0'},
            {f'resources:{KEY}': '1'},
            {f'resources_GPU:{KEY}': '1'},
            {f'vgpus:{K260Q}': '1', f'resources:{KEY}': '1'},
        )
        for extra_specs in forms:
            server = self.boot(self.flavor(extra_specs))
            (there,) = self._get_allocations_by_server_uuid(
                server['id']
            ).values()
            self.assertEqual(1, there['resources'][KEY], extra_specs)
            self._delete_server(server)
        self.assert_placement()

    def test_audit_writes_nothing_new(self):
        self.boot(self.flavor({f'vgpus:{K260Q}': '1'}))
        self.assert_placement()
        with mock.patch.object(
            self.computes['h1'].rt.reportclient, 'put'
        ) as put:
            self.audit()
            self.audit()
        self.assertEqual([], put.mock_calls)

    def test_restart(self):
        self.boot(self.flavor({f'vgpus:{K200}': '1'}))
        self.restart_compute_service(self.computes['h1'])
        self.assert_placement()

    def test_where_novas_inventory_changes_ours_stays(self):
        self.boot(self.flavor({f'vgpus:{K200}': '1'}))
        self.assert_placement()
        before = self.left_in_placement('h1')
        self.flags(reserved_host_memory_mb=1024)
        self.audit()
        inventories = self._get_provider_inventory(self.provider())
        self.assertEqual(1024, inventories['MEMORY_MB']['reserved'])
        self.assertEqual(before, self.left_in_placement('h1'))

    def test_turned_off(self):
        self.flags(claim_in_placement=False, group='vgpus')
        server = self.boot(self.flavor({f'resources:{KEY}': '1'}))
        (there,) = self._get_allocations_by_server_uuid(server['id']).values()
        self.assertNotIn(KEY, there['resources'])
        self.assertEqual(3, self.free('h1', K260Q))
        # What Placement has is left as it is.
        self.audit()
        self.assertEqual(4, self.left_in_placement('h1')[KEY])


class FailureTest(base.VGPUTestCase):
    """Placement is away, or always in conflict."""

    def setUp(self):
        super().setUp()
        self.start_host('h1', 'GRID K2')
        self.client = self.computes['h1'].rt.reportclient

    def test_claim_needs_no_placement(self):
        """Not even for what Nova reads and writes there itself."""
        with (
            mock.patch.object(
                self.client, 'get', side_effect=ks_exc.ConnectFailure
            ),
            mock.patch.object(
                self.client, 'put', side_effect=ks_exc.ConnectFailure
            ),
            mock.patch('nova_vgpu_ext.compute.flusher._PAUSES', [0] * 3),
            mock.patch('nova_vgpu_ext.compute.flusher.LOG') as log,
        ):
            self.claim_and_release()
            self.in_time(lambda: self.assertTrue(log.warning.called))
        self.audit()
        self.assert_placement()

    def claim_and_release(self):
        claim = self.claim(1)
        self.assertEqual(3, self.free('h1', K260Q))
        self.assertRaises(exception.ComputeResourcesUnavailable, self.claim, 4)
        claim.abort()
        self.assertEqual(4, self.free('h1', K260Q))

    def claim(self, count):
        """What nova-compute does for an instance, without a scheduler."""
        uuid = uuidutils.generate_uuid()
        flavor = records.flavor(1, {K260Q: count})
        records.new_instance(self.ctxt, uuid, flavor)
        return self.computes['h1'].rt.instance_claim(
            self.ctxt, records.instance(self.ctxt, uuid), 'h1', {}
        )

    def test_conflicts_are_tried_again(self):
        put = self.client.put
        conflict = mock.Mock(status_code=409, text='conflict')
        answers = [conflict] * 5

        def busy(url, *args, **kwargs):
            if url.endswith('/inventories') and answers:
                return answers.pop()
            return put(url, *args, **kwargs)

        with mock.patch.object(self.client, 'put', side_effect=busy):
            self.boot(self.flavor({f'vgpus:{K260Q}': '1'}))
            self.assert_placement()
        self.assertEqual([], answers)


class HealTest(base.VGPUTestCase):
    """Instances from before Placement knew of vGPUs."""

    def setUp(self):
        super().setUp()
        self.flags(allow_resize_to_same_host=True)
        self.flags(claim_in_placement=False, group='vgpus')
        self.start_host('h1', 'GRID K2')
        self.flavor_of_one = self.flavor({f'vgpus:{K260Q}': '1'})

    def turn_on(self):
        self.flags(claim_in_placement=True, group='vgpus')
        self.audit()
        self.assert_placement()

    def heal(self, dry_run=False):
        """{instance: reason why not, None if it was healed}"""
        outcome = healing.heal(
            self.computes['h1'].rt.reportclient,
            self.ctxt,
            self._node('h1'),
            self.books('h1'),
            self.instances,
            dry_run,
        )
        return {one.instance: one.reason for one in outcome}

    def instances(self, consumers):
        moves = objects.MigrationList.get_by_filters(self.ctxt, {})
        return {m.uuid: m.instance_uuid for m in moves if m.uuid in consumers}

    def allocated(self, server):
        (there,) = self._get_allocations_by_server_uuid(server['id']).values()
        return there['resources'].get(KEY, 0)

    def test_host_that_is_full(self):
        servers = [self.boot(self.flavor_of_one) for _ in range(4)]
        self.turn_on()
        self.assertEqual(0, self.left_in_placement('h1')[KEY])
        lacking = {server['id']: None for server in servers}
        self.assertEqual(lacking, self.heal(dry_run=True))
        self.assertEqual(lacking, self.heal())
        self.assertEqual([1] * 4, [self.allocated(s) for s in servers])
        self.assertEqual({}, self.heal())
        self.assert_placement()
        self._delete_server(servers[0])
        self.assert_placement()
        self.boot(self.flavor_of_one)

    def test_some_have_theirs(self):
        old = self.boot(self.flavor_of_one)
        self.turn_on()
        new = self.boot(self.flavor_of_one)
        self.assertEqual({old['id']: None}, self.heal())
        self.assertEqual([1, 1], [self.allocated(s) for s in (old, new)])
        self.assert_placement()

    def test_resized_instance_waits(self):
        server = self.boot(self.flavor_of_one)
        self._resize_server(server, self.flavor({f'vgpus:{K200}': '1'}))
        self.turn_on()
        (reason,) = self.heal().values()
        self.assertIn('confirm or revert', reason)
        self.flags(claim_in_placement=False, group='vgpus')
        self._confirm_resize(server)
        self.turn_on()
        self.assertEqual({server['id']: None}, self.heal())
        self.assert_placement()

    def test_instance_without_any_allocation(self):
        server = self.boot(self.flavor_of_one)
        self.turn_on()
        self.placement.delete(f'/allocations/{server["id"]}')
        (reason,) = self.heal().values()
        self.assertIn('heal_allocations', reason)

    def test_full_host_of_instances_without_any_allocation(self):
        servers = [self.boot(self.flavor_of_one) for _ in range(4)]
        self.turn_on()
        for server in servers:
            self.placement.delete(f'/allocations/{server["id"]}')
        self.assertNotEqual(0, manage.PlacementCommands().heal_allocations())
        self.flags(claim_in_placement=False, group='vgpus')
        self.assertEqual(0, manage.PlacementCommands().heal_allocations())
        self.turn_on()
        self.assertEqual({s['id']: None for s in servers}, self.heal())
        self.assertEqual([1] * 4, [self.allocated(s) for s in servers])
        self.assert_placement()


class SecondLookTest(base.VGPUTestCase):
    """Before a scheduler refuses, it asks the books."""

    def setUp(self):
        super().setUp()
        self.start_host('h1', 'GRID K2')
        self.waits = self.useFixture(
            fixtures.MockPatchObject(
                second_look,
                'time',
                mock.Mock(sleep=mock.Mock(side_effect=self.wait)),
            )
        ).mock.sleep
        self.all_four = self.flavor({f'vgpus:{K260Q}': '4'})
        # Of the same model, Placement would know at once.
        self.server = self.boot(self.flavor({f'vgpus:{K200}': '16'}))
        self.assert_placement()
        # From now on, Placement hears of nothing before a scheduler waits.
        flusher = self.computes['h1'].rt._flusher
        self.threads, self.run_thread = [], flusher._in_thread
        flusher._in_thread = self.threads.append

    def wait(self, seconds):
        while self.threads:
            self.run_thread(self.threads.pop())
        time.sleep(seconds)

    def test_vgpus_that_were_just_released(self):
        self._delete_server(self.server)
        self.assertEqual(0, self.left_in_placement('h1')[KEY])
        self.boot(self.all_four)
        self.assertTrue(self.waits.called)

    def test_no_room(self):
        self.boot(self.all_four, 'ERROR')
        self.assertFalse(self.waits.called)

    def test_room_in_another_zone(self):
        for host in ('h2', 'h3'):
            self.start_host(host, 'GRID K2')
            zone = {'name': host, 'availability_zone': host}
            aggregate = self.api.post_aggregate({'aggregate': zone})
            self.api.add_host_to_aggregate(aggregate['id'], host)
        self.boot(self.all_four, az='h2')
        self.boot(self.all_four, 'ERROR', az='h2')
        self.assertFalse(self.waits.called)
        self.boot(self.all_four, az='h3')


@ddt.ddt
class ArrivingTest(base.VGPUTestCase):
    """What a scheduler has given out is known before it is claimed."""

    @ddt.data('h1', 'h2')
    def test_another_host_is_preferred(self, taken):
        for host in ('h1', 'h2'):
            self.start_host(host, 'GRID K2')
        self.allocate(self._node(taken).uuid, {names.canonical_key(K200): 9})
        flavor = self.flavor({f'vgpus:{K260Q}': '2'})
        hosts = [self.boot(flavor)['OS-EXT-SRV-ATTR:host'] for _ in range(3)]
        other = 'h1' if taken == 'h2' else 'h2'
        self.assertEqual([other, other, taken], hosts)

    def test_another_scheduler_is_faster(self):
        for host in ('h1', 'h2'):
            self.start_host(host, 'GRID K2')
        stock = report.SchedulerReportClient.claim_resources
        first = []

        def claim(client, context, consumer, request, *args, **kwargs):
            if not first:
                first.extend(request['allocations'])
                self.allocate(*first, {names.canonical_key(K200): 9})
            return stock(client, context, consumer, request, *args, **kwargs)

        with mock.patch.object(
            report.SchedulerReportClient, 'claim_resources', claim
        ):
            server = self.boot(self.flavor({f'vgpus:{K260Q}': '2'}))
        there = self._get_allocations_by_server_uuid(server['id'])
        self.assertNotEqual(set(first), set(there))
        self.assertEqual(1, len(there))
        self.assertEqual(
            self._node(server['OS-EXT-SRV-ATTR:host']).uuid, *there
        )

    def allocate(self, provider, resources):
        """As by a scheduler whose instance is not there yet."""
        response = self.placement.put(
            f'/allocations/{uuidutils.generate_uuid()}',
            {
                'allocations': {provider: {'resources': resources}},
                'project_id': 'project',
                'user_id': 'user',
                'consumer_generation': None,
                'consumer_type': 'INSTANCE',
            },
            version='1.38',
        )
        self.assertEqual(204, response.status, response.body)
