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
import oslo_messaging
from nova import exception
from nova import test

from nova_vgpu_ext.scheduler import second_look
from tests.unit import factories
from tests.unit.scheduler import base


@oslo_messaging.expected_exceptions(exception.NoValidHost)
def select(manager, context, **kwargs):
    """Nova's select_destinations."""
    return manager(**kwargs)


class SecondLookTest(test.NoDBTestCase):
    def setUp(self):
        super().setUp()
        self.useFixture(
            fixtures.MockPatchObject(second_look, '_PAUSES', [0, 0])
        )
        self.passing = self.useFixture(
            fixtures.MockPatchObject(second_look, '_passing')
        ).mock
        self.books = [factories.host(pgpus=1)]
        self.passing.side_effect = lambda *_: [
            mock.Mock(vgpu_books=books) for books in self.books
        ]
        self.manager = mock.Mock(side_effect=self.answer)
        self.answers = [['host']]
        self.select = second_look.looks_twice(select)

    def answer(self, **kwargs):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def schedule(self, extra_specs=base.ONE_SMALL, count=1):
        return self.select(
            self.manager,
            mock.Mock(),
            spec_obj=base.request_spec(extra_specs),
            instance_uuids=[str(number) for number in range(count)],
        )

    def refusals(self, count):
        return [exception.NoValidHost(reason='') for _ in range(count)]

    def test_nothing_to_look_for(self):
        self.assertEqual(['host'], self.schedule())
        self.assertFalse(self.passing.called)

    def test_room_by_the_books(self):
        self.answers = [*self.refusals(2), ['host']]
        self.assertEqual(['host'], self.schedule())

    def test_hosts_without_gpus(self):
        """They pass where VGPUCapacityFilter isn't enabled."""
        self.books = [None]
        self.answers = self.refusals(1)
        self.assertRaises(oslo_messaging.ExpectedException, self.schedule)

    def test_no_room_by_the_books(self):
        self.books = []
        self.answers = self.refusals(1)
        self.assertRaises(oslo_messaging.ExpectedException, self.schedule)
        self.assertEqual(1, self.manager.call_count)

    def test_refusal_at_last(self):
        self.answers = self.refusals(3)
        self.assertRaises(oslo_messaging.ExpectedException, self.schedule)
        self.assertEqual([], self.answers)

    def test_several_instances_need_room_for_all(self):
        self.answers = [*self.refusals(1), ['hosts']]
        self.assertEqual(['hosts'], self.schedule(count=4))
        self.answers = self.refusals(1)
        self.assertRaises(
            oslo_messaging.ExpectedException, self.schedule, count=5
        )

    def test_each_look_has_a_request_of_its_own(self):
        self.answers = [*self.refusals(1), ['host']]
        self.schedule()
        first, second = (
            call.kwargs['spec_obj'] for call in self.manager.mock_calls
        )
        self.assertIsNot(first, second)

    def test_others_are_left_to_nova(self):
        self.answers = self.refusals(2)
        for extra_specs in ({}, {'vgpus:GRID small': 'many'}):
            self.assertRaises(
                oslo_messaging.ExpectedException, self.schedule, extra_specs
            )
        self.flags(claim_in_placement=False, group='vgpus')
        self.answers = self.refusals(1)
        self.assertRaises(oslo_messaging.ExpectedException, self.schedule)
        self.assertFalse(self.passing.called)
