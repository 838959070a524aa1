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

"""An allocation is given back where others were faster."""

from unittest import mock

import ddt
from keystoneauth1 import exceptions as ks_exc
from nova import exception
from nova import test

from nova_vgpu_ext import names
from nova_vgpu_ext.scheduler import giving_way
from tests.unit import factories
from tests.unit.scheduler import base

SMALL = names.canonical_key('GRID small')
HALF = names.canonical_key('GRID half')
ASKED = {'VCPU': 1, HALF: 1}
CANDIDATE = {'allocations': {'host': {'resources': ASKED}}}


@ddt.ddt
class GivesWayTest(test.NoDBTestCase):
    """Of two GPUs of 4 small or 2 half ones, a half one was allocated."""

    def setUp(self):
        super().setUp()
        self.host = base.gpu_host(uuid='host')
        self.client = mock.Mock()
        self.client.get_allocs_for_consumer.return_value = CANDIDATE
        self.used(HALF)
        self.nova = mock.Mock(return_value=True, __name__='claim_resources')
        self.claim_resources = giving_way.gives_way(self.nova)

    def used(self, *keys):
        """What Placement says after the allocation."""
        usages = {'VCPU': 9, **{key: keys.count(key) for key in keys}}
        self.client.get.return_value = mock.MagicMock(
            json=lambda: {'usages': usages}
        )

    def claim(self, candidate=CANDIDATE):
        arguments = mock.Mock(), self.client, mock.Mock(), 'vm', candidate
        claimed = self.claim_resources(*arguments)
        self.nova.assert_called_once_with(*arguments, None)
        return claimed

    def look(self):
        states = giving_way.knows_hosts(lambda manager: iter([self.host]))
        self.assertEqual([self.host], list(states('manager')))

    def scheduled(self, candidate=CANDIDATE):
        """The same where a request looks for hosts, and can look again."""
        with giving_way.possible():
            self.look()
            return self.claim(candidate)

    def deleted(self):
        return self.client.delete_allocation_for_instance.called

    def test_alone(self):
        self.assertTrue(self.scheduled())
        self.assertFalse(self.deleted())
        self.assertEqual({HALF: 1}, self.host.vgpus_used)

    def test_room_beside_others(self):
        self.used(HALF, SMALL, SMALL)
        self.assertTrue(self.scheduled())

    def test_others_were_faster(self):
        self.used(HALF, *[SMALL] * 5)
        self.assertIs(False, self.scheduled())
        self.assertTrue(self.deleted())

    def test_what_others_have_claimed(self):
        books = self.host.vgpu_books
        for number in range(5):
            books = books.claim(str(number), factories.asks(small=1))
        self.host.vgpu_books = books
        self.used(HALF, *[SMALL] * 5)
        self.assertIs(False, self.scheduled())

    def test_not_where_it_can_not_look_again(self):
        self.used(HALF, *[SMALL] * 5)
        self.look()
        self.assertTrue(self.claim())
        self.assertFalse(self.client.mock_calls)

    def test_not_at_the_last_look(self):
        self.used(HALF, *[SMALL] * 5)
        self.assertIs(False, self.scheduled())
        self.nova.reset_mock()
        self.look()
        self.assertTrue(self.claim())

    def test_refused_by_placement(self):
        self.nova.return_value = False
        self.assertIs(False, self.scheduled())
        self.assertFalse(self.client.mock_calls)

    def test_no_vgpus(self):
        plain = {'allocations': {'host': {'resources': {'VCPU': 1}}}}
        self.assertTrue(self.scheduled(plain))
        self.assertFalse(self.client.mock_calls)

    def test_host_without_books(self):
        self.host.vgpu_books = None
        self.assertTrue(self.scheduled())
        self.assertFalse(self.client.mock_calls)

    def test_a_move_stays(self):
        """Nova allocates for both hosts; only one is to be given back."""
        self.used(HALF, *[SMALL] * 5)
        both = {**CANDIDATE['allocations'], 'source': {}}
        self.client.get_allocs_for_consumer.return_value = {
            'allocations': both
        }
        self.assertTrue(self.scheduled())
        self.assertFalse(self.deleted())

    @ddt.data(
        ks_exc.ConnectFailure(),
        exception.ConsumerAllocationRetrievalFailed(
            consumer_uuid='vm', error='error'
        ),
    )
    def test_allocations_unknown(self, error):
        self.used(HALF, *[SMALL] * 5)
        self.client.get_allocs_for_consumer.side_effect = error
        self.assertTrue(self.scheduled())

    def test_allocation_has_changed(self):
        self.used(HALF, *[SMALL] * 5)
        self.client.delete_allocation_for_instance.side_effect = (
            exception.AllocationDeleteFailed(consumer_uuid='vm', error='error')
        )
        self.assertTrue(self.scheduled())

    def test_usages_unknown(self):
        self.client.get.side_effect = ks_exc.ConnectFailure()
        self.assertTrue(self.scheduled())
        refused = mock.MagicMock(__bool__=mock.Mock(return_value=False))
        self.client.get = mock.Mock(return_value=refused)
        self.nova.reset_mock()
        self.assertTrue(self.scheduled())
