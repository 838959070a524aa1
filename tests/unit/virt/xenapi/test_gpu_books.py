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


import ddt
from oslo_utils.fixture import uuidsentinel as uuids
from oslotest import base

from nova_vgpu_ext import capacity
from nova_vgpu_ext.virt.xenapi import gpu_books
from tests.unit.virt.xenapi import records


@ddt.ddt
class HostVGPUsTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.pool = records.Pool()

    def test_empty_card(self):
        books = self.pool.books()
        self.assertEqual(
            {'GRID K100': 16, 'GRID K140Q': 8, 'GRID K1 passthrough': 2},
            dict(books.free),
        )
        self.assertEqual({'group'}, set(self.pool.groups))
        (group,) = books.groups
        self.assertEqual(capacity.Group(uuids.group, 'depth_first'), group)

    def test_identity_and_size_of_models(self):
        models = {m.identifier: m for m in self.pool.books().models}
        self.assertEqual(
            {records.K100, records.K140Q, records.K1}, set(models)
        )
        k100 = models[records.K100]
        self.assertEqual((131072, 8), (k100.size, k100.limit))
        self.assertTrue(models[records.K1].passthrough)

    def test_what_may_be_in_one_vm(self):
        self.pool.types['k140q']['compatible_types_in_vm'] = ['k140q', 'k100']
        # Types that no GPU of this host has don't matter to it.
        self.pool.types['far'] = records.vgpu_type('0001:far', 'Far')
        self.pool.types['k100']['compatible_types_in_vm'] = ['far', 'gone']
        self.assertEqual(
            {
                records.K100: frozenset(),
                records.K140Q: {records.K100, records.K140Q},
                records.K1: frozenset(),
            },
            {m.identifier: m.companions for m in self.pool.books().models},
        )

    def test_one_in_a_vm_before_xapi_told(self):
        for vgpu_type in self.pool.types.values():
            del vgpu_type['compatible_types_in_vm']
        for model in self.pool.books().models:
            self.assertEqual(frozenset(), model.companions)

    @ddt.data(1, 3, 5, 7, 24, 48)
    def test_size_gives_the_limit_back(self, limit):
        limits = {'k100': str(limit), 'whole': '1'}
        for pgpu in self.pool.pgpus.values():
            pgpu['supported_VGPU_max_capacities'] = limits
            pgpu['enabled_VGPU_types'] = ['k100']
        self.assertEqual(2 * limit, self.pool.books().free['GRID K100'])

    def test_no_gpus(self):
        self.pool.pgpus.clear()
        self.assertIsNone(self.pool.books())

    def test_disabled_type(self):
        self.pool.pgpus['first']['enabled_VGPU_types'] = ['k100']
        self.assertEqual(
            {'GRID K100': 16, 'GRID K140Q': 4, 'GRID K1 passthrough': 1},
            dict(self.pool.books().free),
        )

    def test_type_that_is_disabled_everywhere_is_no_model(self):
        for pgpu in self.pool.pgpus.values():
            pgpu['enabled_VGPU_types'] = ['k100']
        self.assertEqual(['GRID K100'], list(self.pool.books().free))

    def test_breadth_first(self):
        self.pool.groups['group']['allocation_algorithm'] = 'breadth_first'
        (group,) = self.pool.books().groups
        self.assertEqual('breadth_first', group.algorithm)

    def test_pgpu_without_group_is_none_that_vms_can_have(self):
        self.pool.pgpus['second']['GPU_group'] = records.NULL
        self.assertEqual(8, self.pool.books().free['GRID K100'])

    def test_group_of_another_host_is_left_out(self):
        self.pool.add_group('elsewhere')
        self.assertEqual(1, len(self.pool.books().groups))

    def test_cards_of_two_kinds(self):
        self.pool.add_group('other')
        self.pool.add_pgpu('third', GPU_group='other')
        self.pool.pcis['pci third'].update(device_id='2235', device_name='')
        free = self.pool.books().free
        self.assertEqual(2, free['GRID K1 passthrough'])
        self.assertEqual(1, free['10de-2235 passthrough'])
        self.assertEqual(3, free.get('passthrough'))

    def test_settings(self):
        books = self.pool.books(enabled=['grid k100'], reserved=[uuids.first])
        self.assertEqual(8, books.free['GRID K100'])
        self.assertEqual(0, books.free.get('GRID K140Q', 0))

    # Names

    def test_equal_and_empty_names(self):
        self.pool.types['k140q']['model_name'] = 'GRID K100'
        names = set(self.pool.books().free)
        self.assertNotIn('GRID K100', names)
        self.pool.types['k140q']['model_name'] = ''
        names = set(self.pool.books().free)
        self.assertIn('GRID K100', names)
        self.assertEqual(3, len(names))

    # What runs

    def test_vgpu_of_an_instance(self):
        self.pool.add_vm('vm', uuids.instance)
        self.pool.add_vgpu('vm', 'k140q', 'first')
        books = self.pool.books()
        (resident,) = books.residents
        self.assertEqual(
            (uuids.first, records.K140Q, uuids.instance), resident[:3]
        )
        self.assertEqual(7, books.free['GRID K140Q'])
        self.assertEqual(8, books.free['GRID K100'])

    def test_scheduled_counts_halted_does_not(self):
        self.pool.add_vm('vm', uuids.instance)
        self.pool.add_vgpu('vm', 'k100', scheduled='first')
        self.pool.add_vgpu('vm', 'k100')
        self.assertEqual(1, len(self.pool.books().residents))

    def test_migrating_counts_where_it_is_and_where_it_goes(self):
        self.pool.add_vm('vm', uuids.instance)
        self.pool.add_vgpu('vm', 'k100', 'first', 'second')
        self.assertEqual(2, len(self.pool.books().residents))

    def test_other_hosts_do_not_count(self):
        self.pool.add_vgpu('far', 'k100', 'pgpu of another host')
        self.assertEqual((), self.pool.books().residents)

    def test_foreign_vm(self):
        self.pool.add_vm('stranger')
        self.pool.add_vgpu('stranger', 'k100', 'first')
        (resident,) = self.pool.books().residents
        self.assertEqual((None, 'stranger'), resident[2:])

    @ddt.data(
        {'name_label': 'a clone of it'},
        {'is_a_template': True},
        {'other_config': {'nova-instance-uuid': uuids.instance}},
        {
            'other_config': {
                'nova-instance-uuid': 'no uuid',
                'nova-vm-name': 'vm',
            }
        },
    )
    def test_not_made_by_nova(self, changes):
        self.pool.add_vm('vm', uuids.instance, **changes)
        self.pool.add_vgpu('vm', 'k100', 'first')
        (resident,) = self.pool.books().residents
        self.assertIsNone(resident.owner)

    def test_vm_that_has_just_gone(self):
        self.pool.add_vgpu('gone', 'k100', 'first')
        (resident,) = self.pool.books().residents
        self.assertEqual((None, ''), resident[2:])

    def test_whole_card(self):
        self.pool.add_vm('vm', uuids.instance, attached_PCIs=['pci first'])
        self.pool.add_vgpu('vm', 'whole', 'first')
        books = self.pool.books()
        self.assertEqual([records.K1], [r.model for r in books.residents])
        self.assertEqual(8, books.free['GRID K100'])

    def test_plain_pci_device(self):
        self.pool.add_vm('vm', attached_PCIs=['pci first', 'a network card'])
        (resident,) = self.pool.books().residents
        self.assertEqual((uuids.first, records.K1, None, 'vm'), resident)

    def test_what_runs_of_a_disabled_type(self):
        self.pool.add_vm('vm', uuids.instance)
        self.pool.add_vgpu('vm', 'k140q', 'first')
        for pgpu in self.pool.pgpus.values():
            pgpu['enabled_VGPU_types'] = ['k100']
        books = self.pool.books()
        self.assertEqual(8, books.free['GRID K100'])
        self.assertEqual(0, books.free.get('GRID K140Q'))

    def test_what_runs_of_a_type_no_longer_supported_fills_its_pgpu(self):
        self.pool.add_vgpu('vm', 'k140q', 'first')
        for pgpu in self.pool.pgpus.values():
            pgpu['enabled_VGPU_types'] = ['k100']
            pgpu['supported_VGPU_max_capacities'] = {'k100': '8'}
        books = self.pool.books()
        self.assertEqual(8, books.free['GRID K100'])
        self.assertEqual(1, len(books.residents))

    # Licences and releases

    def test_licence_without_vgpus(self):
        books = self.pool.books(gpu_books.Allowed(virtual=False))
        self.assertEqual({'GRID K1 passthrough': 2}, dict(books.free))

    def test_licence_without_gpus(self):
        self.pool.add_vm('vm', uuids.instance)
        self.pool.add_vgpu('vm', 'k100', 'first')
        books = self.pool.books(gpu_books.Allowed(False, False))
        self.assertEqual(0, sum(books.free.values()))
        self.assertEqual(1, len(books.residents))

    def test_without_iommu(self):
        self.pool.types['k140q']['implementation'] = 'nvidia_sriov'
        books = self.pool.books(gpu_books.Allowed(functions=False))
        self.assertEqual({'GRID K100': 16}, dict(books.free))

    def test_before_types_had_identifiers(self):
        for vgpu_type in self.pool.types.values():
            for field in ('identifier', 'implementation'):
                del vgpu_type[field]
        self.pool.add_vgpu('vm', 'k100', 'first')
        for vgpu in self.pool.vgpus.values():
            del vgpu['scheduled_to_be_resident_on']
        books = self.pool.books()
        self.assertEqual(15, books.free['GRID K100'])
        self.assertIn(
            'NVIDIA Corporation,GRID K100',
            [model.identifier for model in books.models],
        )
        self.assertEqual(1, books.free['GRID K1 passthrough'])

    def test_before_types(self):
        self.pool.types.clear()
        for pgpu in self.pool.pgpus.values():
            for field in list(pgpu):
                if 'VGPU' in field:
                    del pgpu[field]
        for group in self.pool.groups.values():
            del group['allocation_algorithm']
        self.pool.add_vm('vm')
        self.pool.vms['vm']['attached_PCIs'] = ['pci second']
        books = self.pool.books()
        self.assertEqual({'GRID K1 passthrough': 1}, dict(books.free))
