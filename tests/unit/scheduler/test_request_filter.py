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

"""A wrong flavor is refused before hosts are asked for."""

import ddt
from nova import exception
from nova import test
from nova.scheduler import request_filter as nova_request_filter

from nova_vgpu_ext.scheduler import request_filter
from tests.unit.scheduler import base


@ddt.ddt
class RefuseWrongFlavorTest(test.NoDBTestCase):
    def test_is_one_of_novas(self):
        self.assertEqual(
            1,
            nova_request_filter.ALL_REQUEST_FILTERS.count(
                request_filter.refuse_wrong_flavor
            ),
        )

    @ddt.data({}, {'hw:mem_page_size': 'large'}, base.ONE_SMALL)
    def test_right_flavor_passes(self, extra_specs):
        spec = base.request_spec(extra_specs)
        self.assertFalse(request_filter.refuse_wrong_flavor(None, spec))

    @ddt.data(
        ({'vgpus:a': '0'}, 'does not say how many vGPUs'),
        ({'vgpus': '1'}, 'names no vGPU model'),
        ({'capabilities:vgpus:a': '< 3'}, 'does not say how many vGPUs'),
        ({'vgpus:a': '1', 'vgpus:A': '2'}, 'name the same vGPU model'),
        ({'vgpus:a': '22'}, 'at the most'),
        ({'resources:CUSTOM_VGPU_a': '1'}, 'is no resource class'),
    )
    @ddt.unpack
    def test_wrong_flavor_is_refused_with_the_sentence(self, specs, part):
        error = self.assertRaises(
            exception.RequestFilterFailed,
            request_filter.refuse_wrong_flavor,
            None,
            base.request_spec(specs),
        )
        self.assertIn(part, error.message)
        # Nova's own text would be before ours.
        self.assertNotIn('Scheduling failed', error.message)
