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

"""What schedulers know of each other's choices."""

from unittest import mock

import ddt
from nova import test

from nova_vgpu_ext import names
from nova_vgpu_ext import request
from nova_vgpu_ext.scheduler import arriving
from tests.unit import factories
from tests.unit.scheduler import base
from tests.unit.scheduler import test_weights

SMALL = names.canonical_key('GRID small')
HALF = names.canonical_key('GRID half')


@ddt.ddt
class ExpectedBooksTest(test.NoDBTestCase):
    def free(self, used, claims=()):
        """Free small and half ones, of 8 and 4."""
        books = factories.host()
        for owner in claims:
            books = books.claim(owner, request.VGPURequest(((SMALL, 1),)))
        expected = arriving.expected_books(books, used)
        return [expected.free_of(key) for key in (SMALL, HALF)]

    def test_nothing_arrives(self):
        books = factories.host()
        self.assertIs(books, arriving.expected_books(books, {}))

    @ddt.unpack
    @ddt.data(({SMALL: 1}, [7, 2]), ({HALF: 1}, [4, 3]), ({SMALL: 5}, [3, 0]))
    def test_takes_room(self, used, free):
        self.assertEqual(free, self.free(used))

    def test_what_is_claimed_has_arrived(self):
        claims = ['vm-1']
        self.assertEqual([7, 2], self.free({SMALL: 1}, claims=claims))
        self.assertEqual([6, 2], self.free({SMALL: 2}, claims=claims))

    def test_what_does_not_fit_may_not_come(self):
        self.assertEqual([0, 0], self.free({SMALL: 99}))

    def test_model_that_is_not_there(self):
        self.assertEqual([8, 4], self.free({'CUSTOM_VGPU_OTHER': 2}))

    def test_claims_without_an_allocation(self):
        claims = ['vm-1', 'vm-2']
        self.assertEqual([6, 2], self.free({SMALL: 1}, claims=claims))


class StatesTest(test.NoDBTestCase):
    def states(self, summaries):
        hosts = [base.gpu_host('a', uuid='1'), base.gpu_host('b', uuid='2')]
        stock = mock.Mock(return_value=iter(hosts), __name__='stock')
        known = arriving.knows_arriving(stock)
        found = list(known('manager', 'context', 'spec', summaries))
        stock.assert_called_once_with('manager', 'context', 'spec', summaries)
        return [dict(host.vgpus_used) for host in found]

    def test_of_each_provider(self):
        resources = {
            'VCPU': {'capacity': 4, 'used': 2},
            SMALL: {'capacity': 8, 'used': 3},
            HALF: {'capacity': 4, 'used': 0},
        }
        self.assertEqual(
            [{SMALL: 3}, {}], self.states({'1': {'resources': resources}})
        )

    def test_without_placement(self):
        self.assertEqual([{}, {}], self.states(None))


class WeigherTest(test_weights.WeigherTestCase):
    def test_leaves_the_gpu_to_others(self):
        taken = [factories.resident('g-1', factories.WHOLE)]
        hosts = [
            base.gpu_host('spare', taken),
            base.gpu_host('much', taken, **test_weights.MUCH),
        ]
        half = {'vgpus:GRID half': '1'}
        self.assertEqual(['much', 'spare'], self.order(hosts, half))
        hosts[1].vgpus_used = {SMALL: 1}
        self.assertEqual(['spare', 'much'], self.order(hosts, half))

    def test_fills_the_gpu_that_others_have_started(self):
        hosts = [
            base.gpu_host('much', **test_weights.MUCH),
            base.gpu_host('chosen', vgpus_used={SMALL: 1}),
        ]
        self.assertEqual('chosen', self.best(hosts, base.ONE_SMALL))
