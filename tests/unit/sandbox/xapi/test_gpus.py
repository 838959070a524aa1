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

from tests.unit.sandbox.xapi import base


class PGPUTestCase(base.PoolTestCase):
    def setUp(self):
        super().setUp()
        self.load()
        self.first, self.second = self.pgpus()
        self.small = self.type('GRID K200')

    def test_group_has_what_any_has(self):
        group = self.named('GPU_group', base.K2)
        for pgpu in (self.first, self.second):
            enabled = self.row('GPU_group', group)['enabled_VGPU_types']
            self.assertIn(self.small, enabled)
            self.call('PGPU.remove_enabled_VGPU_types', pgpu, self.small)
        enabled = self.row('GPU_group', group)['enabled_VGPU_types']
        self.assertNotIn(self.small, enabled)
        supported = self.row('GPU_group', group)['supported_VGPU_types']
        self.assertIn(self.small, supported)

    def test_enabling(self):
        self.call('PGPU.set_enabled_VGPU_types', self.first, [])
        self.call('PGPU.add_enabled_VGPU_types', self.first, self.small)
        enabled = self.row('PGPU', self.first)['enabled_VGPU_types']
        self.assertEqual([self.small], enabled)

    def test_enabling_what_is_not_supported(self):
        alien = self.pool.db.create('VGPU_type')
        supported = self.row('PGPU', self.first)['supported_VGPU_types']
        details = ['VGPU_TYPE_NOT_SUPPORTED', alien, *supported]
        self.refused(details, 'PGPU.add_enabled_VGPU_types', self.first, alien)
        self.refused(
            details, 'PGPU.set_enabled_VGPU_types', self.first, [alien]
        )

    def test_disabling_what_is_used(self):
        vm = self.started('vm', 'GRID K200')
        (pgpu,) = self.places(vm)
        self.refused(
            ['PGPU_IN_USE_BY_VM', vm],
            'PGPU.remove_enabled_VGPU_types', pgpu, self.small,
        )  # fmt: skip
        self.refused(
            ['PGPU_IN_USE_BY_VM', vm],
            'PGPU.set_enabled_VGPU_types', pgpu, [],
        )  # fmt: skip
        big = self.type('GRID K260Q')
        self.call('PGPU.remove_enabled_VGPU_types', pgpu, big)

    def test_other_group(self):
        group = self.call('GPU_group.create', 'new', '', {})
        self.call('PGPU.set_GPU_group', self.first, group)
        self.assertEqual(
            ['10de/11bf'], self.row('GPU_group', group)['GPU_types']
        )
        self.assertEqual([self.second], self.pgpus())

    def test_other_group_while_used(self):
        vm = self.started('vm', 'GRID K200')
        group = self.call('GPU_group.create', 'new', '', {})
        self.refused(
            ['PGPU_IN_USE_BY_VM', vm],
            'PGPU.set_GPU_group', *self.places(vm), group,
        )  # fmt: skip

    def test_group_of_other_cards(self):
        self.shipped('k1-k2')
        self.refused(
            ['PGPU_NOT_COMPATIBLE_WITH_GPU_GROUP', '10de/11bf', '[10de/0ff2]'],
            'PGPU.set_GPU_group',
            self.pgpus()[0],
            self.named('GPU_group', base.K1),
        )


class GroupTestCase(base.PoolTestCase):
    def setUp(self):
        super().setUp()
        self.load()
        self.group = self.named('GPU_group', base.K2)

    def test_default_name(self):
        self.assertEqual(
            base.K2, self.row('GPU_group', self.group)['name_label']
        )

    def test_destroying_one_in_use(self):
        vm = self.started('vm', 'GRID K200')
        vgpus = self.row('VM', vm)['VGPUs']
        self.refused(
            ['GPU_GROUP_CONTAINS_VGPU', *vgpus],
            'GPU_group.destroy', self.group,
        )  # fmt: skip

    def test_destroying_one_with_pgpus(self):
        self.refused(
            ['GPU_GROUP_CONTAINS_PGPU', *self.pgpus()],
            'GPU_group.destroy', self.group,
        )  # fmt: skip

    def test_destroying_takes_wishes_along(self):
        vm = self.vm('vm', 'GRID K200')
        new = self.call('GPU_group.create', 'new', '', {})
        for pgpu in self.pgpus():
            self.call('PGPU.set_GPU_group', pgpu, new)
        self.call('GPU_group.destroy', self.group)
        self.assertEqual([], self.row('VM', vm)['VGPUs'])
