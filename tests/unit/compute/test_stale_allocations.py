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
from nova import objects
from nova import test
from nova.compute import task_states

from nova_vgpu_ext.compute import stale_allocations

KEY = 'CUSTOM_VGPU_A'
MORE = {'one': {KEY: 1}}


class StaleAllocationsTest(test.NoDBTestCase):
    def setUp(self):
        super().setUp()
        self.now = 100
        self.useFixture(
            fixtures.MockPatchObject(
                stale_allocations, 'time', mock.Mock(monotonic=self.clock)
            )
        )
        self.get = self.useFixture(
            fixtures.MockPatchObject(
                objects.Instance,
                'get_by_uuid',
                return_value=objects.Instance(task_state=None),
            )
        ).mock
        self.stale = stale_allocations.StaleAllocations()

    def clock(self):
        return self.now

    def among(self, excess, nodename='node'):
        return self.stale.among(None, nodename, excess)

    def test_nothing_is_stale_at_once(self):
        self.assertEqual({}, self.among(MORE))
        self.now += 10
        self.assertEqual({}, self.among(MORE))
        self.assertFalse(self.get.called)

    def test_what_stays(self):
        self.among(MORE)
        self.now += 60
        self.assertEqual(MORE, self.among({**MORE, 'two': {KEY: 2}}))

    def test_what_was_gone_in_between(self):
        self.among(MORE)
        self.among({})
        self.now += 60
        self.assertEqual({}, self.among(MORE))

    def test_node_by_node(self):
        self.among(MORE)
        self.now += 60
        self.assertEqual({}, self.among(MORE, 'other'))
        self.assertEqual(MORE, self.among(MORE))

    def test_build_that_waits_for_others(self):
        self.get.return_value.task_state = task_states.SCHEDULING
        self.among(MORE)
        self.now += 600
        self.assertEqual({}, self.among(MORE))

    def test_instance_that_is_gone(self):
        self.get.side_effect = exception.InstanceNotFound(instance_id='one')
        self.among(MORE)
        self.now += 60
        self.assertEqual(MORE, self.among(MORE))
