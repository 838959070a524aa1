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

import time
from unittest import mock

from nova import exception
from nova import objects
from oslo_utils.fixture import uuidsentinel as uuids
from oslotest import base

from nova_vgpu_ext.virt.xenapi import errors
from nova_vgpu_ext.virt.xenapi import leftovers
from tests.unit.virt.xenapi import driver_base


class LeftoversTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.act = mock.Mock()

    def test_again_and_again_for_a_while(self):
        left = leftovers.Leftovers(0.2)
        left.add('a', self.act)
        left.clear_up()
        left.clear_up()
        time.sleep(0.2)
        left.clear_up()
        left.clear_up()
        self.assertEqual(3, self.act.call_count)

    def test_until_it_succeeds(self):
        left = leftovers.Leftovers(0)
        self.act.side_effect = [errors.Unreachable('x'), None]
        left.add('a', self.act)
        other = mock.Mock()
        left.add('b', other)
        for _ in range(3):
            left.clear_up()
        self.assertEqual(2, self.act.call_count)
        other.assert_called_once_with()

    def test_the_same_once_more(self):
        left = leftovers.Leftovers(0)
        left.add('a', lambda: left.add('a', self.act))
        left.clear_up()
        left.clear_up()
        self.act.assert_called_once_with()


class OrphansTest(driver_base.DriverTestCase):
    """What fails is cleared up by the next periodic run at the latest."""

    def setUp(self):
        super().setUp()
        self.simulate()
        self.xen = self.driver(running_timeout=1)
        self.one = self.instance()
        self.known = {}
        self.patch_object(objects.Instance, 'get_by_uuid', self.get_instance)

    def get_instance(self, context, uuid):
        self.assertEqual('yes', context.read_deleted)
        if uuid not in self.known:
            raise exception.InstanceNotFound(instance_id=uuid)
        return self.known[uuid]

    def know(self, host, deleted=False):
        """Let Nova's database have the instance."""
        self.one.host, self.one.deleted = host, deleted
        self.known[self.one.uuid] = self.one

    def audit(self):
        self.simulator.faults.clear()
        while self.simulator.calls.going_on:
            time.sleep(0.01)
        self.xen.get_available_resource('h1')

    def spawn_badly(self):
        self.assertRaises(
            (errors.ConnectionBroke, errors.Unreachable),
            self.spawn,
            self.xen,
            self.one,
        )

    def test_calls_that_are_done_late(self):
        for method in ('VDI.create', 'task.create', 'VM.create'):
            self.simulator.faults.delay(1.5, method)
            self.spawn_badly()
            self.audit()
            self.assertEqual({}, self.left_over(), method)

    def test_host_that_is_cut_off(self):
        for method in ('PUT *', 'task.destroy', 'VM.create', 'VM.start_on'):
            self.simulator.faults.cut_off(method)
            self.spawn_badly()
            self.audit()
            self.assertEqual({}, self.left_over(), method)

    def test_instance_that_came_back(self):
        self.simulator.faults.cut_off('VM.start_on')
        self.spawn_badly()
        self.know('h1')
        self.audit()
        self.assertEqual(1, self.left_over()['VM'])
        self.know('h1', deleted=True)
        self.audit()
        self.assertEqual({}, self.left_over())

    def test_instance_that_is_on_another_host(self):
        self.simulator.faults.cut_off('VM.start_on')
        self.spawn_badly()
        self.know('h2')
        self.audit()
        self.assertEqual({}, self.left_over())

    def test_refusals_leave_nothing_to_do(self):
        self.simulator.faults.fail('ODD', method='VM.create')
        self.assertRaises(errors.Refused, self.spawn, self.xen, self.one)
        self.simulator.calls.clear()
        self.audit()
        self.assertEqual(0, self.called('VM.destroy'))
        self.assertLessEqual(len(self.simulator.calls), 10)

    # From before this nova-compute started

    def start_again(self):
        empty = self.empty
        self.xen = self.driver()
        self.empty = empty
        self.audit()

    def test_start(self):
        for host, deleted, left in (
            ('h1', False, 1),
            ('h2', False, 1),
            (None, False, 0),
            ('h1', True, 0),
        ):
            self.xen.destroy(None, self.one, None)
            self.spawn(self.xen, self.one)
            self.know(host, deleted)
            self.start_again()
            self.assertEqual(left, self.left_over().get('VM', 0))
            self.assertEqual(left, self.left_over().get('VDI', 0))

    def test_start_with_what_nova_does_not_know(self):
        self.spawn(self.xen, self.one)
        self.start_again()
        self.assertEqual(1, self.left_over()['VM'])

    def test_start_with_nothing_but_a_disk(self):
        self.spawn(self.xen, self.one)
        self.xen.destroy(None, self.one, None, destroy_disks=False)
        self.know('h1', deleted=True)
        self.start_again()
        self.assertEqual({}, self.left_over())

    def test_disks_of_others(self):
        self.xen.disks.create(self.instance('other'), 'root', 1 << 20)
        (ref,) = self.rows('VDI')
        self.pool.db.write(
            'VDI',
            ref,
            other_config={
                'nova-instance-uuid': uuids.one,
                'nova-host-uuid': uuids.another_host,
            },
        )
        self.know('h1', deleted=True)
        self.start_again()
        self.assertEqual({'VDI': 1}, self.left_over())
