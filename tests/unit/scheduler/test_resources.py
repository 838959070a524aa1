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
from nova import test
from nova.scheduler import utils

from tests.unit.scheduler import base

KEY = 'CUSTOM_VGPU_GRID_SMALL'


@ddt.ddt
class ResourcesTest(test.NoDBTestCase):
    def asked(self, extra_specs):
        spec = base.request_spec(extra_specs)
        request = utils.ResourceRequest.from_request_spec(spec)
        return {
            group: dict(one.resources)
            for group, one in request._rg_by_id.items()
            if one.resources
        }

    @ddt.data(
        {'vgpus:GRID small': '2'},
        {'capabilities:vgpus:GRID small': '> 1'},
        {f'resources:{KEY}': '2'},
        {f'resources1:{KEY}': '1', f'resources_b:{KEY}': '1'},
        {'vgpus:grid small': '2', f'resources:{KEY}': '2'},
    )
    def test_each_form_asks_once(self, extra_specs):
        asked = self.asked(extra_specs)
        self.assertEqual({None}, set(asked))
        self.assertEqual(2, asked[None][KEY])

    def test_what_else_a_flavor_asks_for(self):
        asked = self.asked(
            {
                'vgpus:GRID small': '1',
                'resources:CUSTOM_OTHER': '3',
                'resources1:SRIOV_NET_VF': '1',
            }
        )
        self.assertEqual(3, asked[None]['CUSTOM_OTHER'])
        self.assertEqual(1, asked[None][KEY])
        self.assertEqual({'SRIOV_NET_VF': 1}, asked['1'])

    def test_name_of_today(self):
        self.flags(model_aliases={'Older': 'GRID small'}, group='vgpus')
        for extra_specs in (
            {'vgpus:Older': '1'},
            {'resources:CUSTOM_VGPU_OLDER': '1'},
        ):
            asked = self.asked(extra_specs)[None]
            self.assertEqual(1, asked[KEY])
            self.assertNotIn('CUSTOM_VGPU_OLDER', asked)

    def test_flavor_that_is_wrong_or_has_none(self):
        for extra_specs in ({}, {'vgpus:GRID small': '0'}):
            self.assertEqual(
                {'VCPU', 'MEMORY_MB'} & set(self.asked(extra_specs)[None]),
                {'VCPU', 'MEMORY_MB'},
            )

    @ddt.data('vgpus:GRID small', f'resources:{KEY}')
    def test_turned_off(self, spec):
        self.flags(claim_in_placement=False, group='vgpus')
        self.assertNotIn(KEY, self.asked({spec: '1'})[None])
