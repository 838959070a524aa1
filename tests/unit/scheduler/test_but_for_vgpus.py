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

from unittest import mock

import fixtures
from nova import exception
from nova import test

from nova_vgpu_ext import request
from nova_vgpu_ext.scheduler import but_for_vgpus
from tests.unit import factories
from tests.unit.scheduler import base

SMALL = 'CUSTOM_VGPU_GRID_SMALL'


class LookTest(test.NoDBTestCase):
    def setUp(self):
        super().setUp()
        self.process = self.patch(
            but_for_vgpus.request_filter, 'process_reqspec'
        )
        self.resources = self.patch(
            but_for_vgpus.utils, 'resources_from_request_spec'
        )
        self.manager = mock.Mock()
        self.manager._get_all_host_states.side_effect = lambda *_: iter(
            self.hosts
        )
        self.manager.host_manager.get_filtered_hosts = self.filtered
        self.manager._consume_selected_host = self.consume
        self.placement = (
            self.manager.placement_client.get_allocation_candidates
        )
        self.hosts = [base.host(books=factories.host(pgpus=1))]
        self.placement.return_value = (
            [{'allocations': {host.uuid: {}}} for host in self.hosts],
            {},
            '1.36',
        )

    def patch(self, owner, name):
        return self.useFixture(fixtures.MockPatchObject(owner, name)).mock

    def filtered(self, hosts, spec):
        return [host for host in hosts if host.free_ram_mb >= 64]

    def consume(self, host, spec):
        self.assertNotIn('vgpus:GRID small', spec.flavor.extra_specs)
        host.free_ram_mb -= 64

    def look(self, count=1, models=None):
        wanted = request.VGPURequest.of(models or {'GRID small': 1})
        extra_specs = {**base.ONE_SMALL, 'hw:mem_page_size': 'any'}
        self.spec = base.request_spec(extra_specs)
        return but_for_vgpus.look(
            self.manager, mock.Mock(), self.spec, wanted, count
        )

    def test_room(self):
        self.assertEqual(
            but_for_vgpus.Look(True, True, {SMALL: 4}), self.look()
        )
        (host,) = self.hosts
        self.assertEqual(1, len(host.allocation_candidates))

    def test_placement_is_asked_for_all_but_vgpus(self):
        def ask(context, spec, host_manager):
            self.asked = dict(spec.flavor.extra_specs)

        self.resources.side_effect = ask
        self.look()
        self.assertEqual({'hw:mem_page_size': 'any'}, self.asked)

    def test_flavor_of_the_instance_stays_whole(self):
        with mock.patch.object(
            but_for_vgpus, '_take_vgpus_from', wraps=self.take
        ):
            self.look()
        self.assertIn('vgpus:GRID small', self.whole.extra_specs)

    def take(self, spec):
        self.whole = spec.flavor
        flavor = spec.flavor.obj_clone()
        flavor.extra_specs = {}
        spec.flavor = flavor

    def test_no_room(self):
        found = self.look(models={'GRID small': 5})
        self.assertTrue(found.finds_hosts)
        self.assertFalse(found.has_room)

    def test_room_for_all_instances_or_none(self):
        self.assertTrue(self.look(count=4).has_room)
        for host in self.hosts:
            host.vgpu_books = factories.host(pgpus=1)
        found = self.look(count=5)
        self.assertEqual((True, False), found[:2])

    def test_hosts_with_room_come_first(self):
        self.hosts.insert(0, base.host())
        self.assertTrue(self.look().has_room)

    def test_hosts_without_gpus(self):
        """They pass where VGPUCapacityFilter isn't enabled."""
        self.hosts = [base.host()]
        self.assertEqual(
            but_for_vgpus.Look(True, False, {SMALL: 0}, ('GRID small',)),
            self.look(),
        )

    def test_memory_is_short(self):
        self.hosts[0].free_ram_mb = 127
        self.assertTrue(self.look().finds_hosts)
        self.assertFalse(self.look().finds_hosts)
        self.hosts[0].free_ram_mb = 127
        self.assertFalse(self.look(count=2).finds_hosts)

    def test_placement_has_no_candidates(self):
        for nothing in (None, (None, None, None), ([], {}, '1.36')):
            self.placement.return_value = nothing
            self.assertFalse(self.look().finds_hosts)

    def test_other_refusals_before_placement(self):
        self.process.side_effect = exception.RequestFilterFailed(reason='')
        self.assertFalse(self.look().finds_hosts)

    def test_images_that_need_a_gpu(self):
        """Hosts without one don't make vGPUs something else."""
        properties = mock.MagicMock(traits_required=['CUSTOM_VGPU', 'HW_A'])
        properties.__contains__.side_effect = {'traits_required'}.__contains__
        spec = base.request_spec(base.ONE_SMALL)
        spec = mock.Mock(flavor=spec.flavor)
        spec.image.properties = properties
        but_for_vgpus._take_vgpus_from(spec)
        self.assertEqual(['HW_A'], properties.traits_required)
