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

"""What Nova does without vGPUs, it does with the extension too."""

from nova.tests.functional import test_servers
from oslotest import base as test_base

from tests.functional import base
from tests.functional import nova_alone


class ServersTest(test_servers.ServersTest):
    """Nova's own tests of servers, with the extension configured in full."""

    def setUp(self):
        self.flags(
            available_filters=[
                'nova.scheduler.filters.all_filters',
                base.FILTER,
            ],
            enabled_filters=base.ENABLED_FILTERS,
            weight_classes=[
                'nova.scheduler.weights.all_weighers',
                base.WEIGHER,
            ],
            group='filter_scheduler',
        )
        super().setUp()


class HypervisorsTest(test_base.BaseTestCase):
    def test_detail_is_the_same_with_and_without_the_extension(self):
        stock = nova_alone.run('stock')['hypervisors']
        self.assertEqual(stock, nova_alone.run('extended')['hypervisors'])
        for body in stock:
            self.assertEqual(
                ['gpus', 'plain'],
                [one['hypervisor_hostname'] for one in body['hypervisors']],
            )
