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
from nova import objects
from nova import test

from nova_vgpu_ext.scheduler import but_for_vgpus
from nova_vgpu_ext.scheduler import second_look
from tests.unit.scheduler import base

SMALL = 'CUSTOM_VGPU_GRID_SMALL'
ROOM = but_for_vgpus.Look(finds_hosts=True, has_room=True)
NO_ROOM = but_for_vgpus.Look(finds_hosts=True, most={SMALL: 0})
NO_HOSTS = but_for_vgpus.Look()


@oslo_messaging.expected_exceptions(exception.NoValidHost)
def select(manager, context, **kwargs):
    """Nova's select_destinations."""
    return manager(**kwargs)


class SecondLookTest(test.NoDBTestCase):
    def setUp(self):
        super().setUp()
        self.useFixture(fixtures.MockPatchObject(second_look, '_PAUSES', [0]))
        self.look = self.useFixture(
            fixtures.MockPatchObject(but_for_vgpus, 'look', return_value=ROOM)
        ).mock
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

    def refused(self, **kwargs):
        """The reason of a refusal."""
        error = self.assertRaises(
            oslo_messaging.ExpectedException, self.schedule, **kwargs
        )
        # A subclass would be another error to the conductor.
        self.assertIs(exception.NoValidHost, error.exc_info[0])
        return error.exc_info[1].kwargs['reason']

    def refusals(self, count):
        return [exception.NoValidHost(reason="Nova's") for _ in range(count)]

    def test_nothing_to_look_for(self):
        self.assertEqual(['host'], self.schedule())
        self.assertFalse(self.look.called)

    def test_room_by_the_books(self):
        self.answers = [*self.refusals(1), ['host']]
        self.assertEqual(['host'], self.schedule())

    def test_no_room_by_the_books(self):
        self.look.return_value = NO_ROOM
        self.answers = self.refusals(1)
        self.assertEqual(
            'There are not enough vGPUs: 1 x GRID small.', self.refused()
        )
        self.assertEqual(1, self.manager.call_count)

    def test_refusal_is_logged(self):
        self.look.return_value = NO_ROOM._replace(unknown=('Misspelt',))
        self.answers = self.refusals(1)
        with self.assertLogs(second_look.LOG.name, 'INFO') as logs:
            self.refused()
        refusal, unknown = logs.output
        self.assertIn('is refused: not enough vGPUs: 1 x GRID small', refusal)
        self.assertIn('No host has the vGPU model Misspelt', unknown)

    def test_something_else_is_short(self):
        self.look.return_value = NO_HOSTS
        self.answers = self.refusals(1)
        self.assertEqual("Nova's", self.refused())

    def test_refusal_at_last(self):
        self.answers = self.refusals(2)
        self.assertIn('not enough vGPUs', self.refused())
        self.assertEqual([], self.answers)

    def test_without_placement_there_is_nothing_to_wait_for(self):
        self.flags(claim_in_placement=False, group='vgpus')
        self.answers = self.refusals(1)
        self.assertIn('not enough vGPUs', self.refused())

    def test_several_instances(self):
        self.look.return_value = NO_ROOM
        self.answers = self.refusals(1)
        self.assertEqual(
            'There are not enough vGPUs for each of 3 instances: '
            '1 x GRID small.',
            self.refused(count=3),
        )
        self.assertEqual(3, self.look.call_args.args[-1])

    def test_counts_if_the_operator_wants_it(self):
        self.flags(expose_counts=True, group='vgpus')
        self.look.return_value = NO_ROOM
        self.answers = self.refusals(1)
        self.assertIn('more free than 0 x GRID small', self.refused())

    def test_each_look_has_a_request_of_its_own(self):
        self.answers = [*self.refusals(1), ['host']]
        self.schedule()
        first, second = (
            call.kwargs['spec_obj'] for call in self.manager.mock_calls
        )
        self.assertIsNot(first, second)

    def test_request_without_a_flavor(self):
        spec = objects.RequestSpec()
        self.assertEqual(
            ['host'], self.select(self.manager, mock.Mock(), spec_obj=spec)
        )

    def test_others_are_left_to_nova(self):
        self.answers = self.refusals(2)
        for extra_specs in ({}, {'vgpus:GRID small': 'many'}):
            reason = self.refused(extra_specs=extra_specs)
            self.assertEqual("Nova's", reason)
        self.assertFalse(self.look.called)
