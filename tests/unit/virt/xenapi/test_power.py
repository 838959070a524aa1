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


import dataclasses
import time
from unittest import mock

import ddt
from nova import exception
from nova.compute import power_state
from nova.compute import vm_states

from nova_vgpu_ext import capacity
from nova_vgpu_ext import names
from nova_vgpu_ext.sandbox.xapi import outside
from nova_vgpu_ext.virt.xenapi import errors
from tests.unit.virt.xenapi import driver_base
from tests.unit.virt.xenapi.driver_base import K2_GROUP
from tests.unit.virt.xenapi.driver_base import REFUSED

K260Q = '0001:nvidia,11bf,,11b0,101b'
TWO_GROUPS = {
    'hosts': [
        {
            'name': 'h1',
            'cards': [
                {'card': 'GRID K2', 'group': 'a'},
                {'card': 'GRID K2', 'group': 'b'},
            ],
        }
    ]
}


class PowerTestCase(driver_base.DriverTestCase):
    """Has an instance that runs with a vGPU."""

    pool_content = None

    def setUp(self):
        super().setUp()
        self.simulate(self.pool_content)
        self.xen = self.driver()
        self.gpu = self.gpu_instance(K260Q=1)
        self.spawn(self.xen, self.gpu)

    def state(self):
        return self.xen.get_info(self.gpu).state

    def assert_runs(self):
        self.assertEqual(power_state.RUNNING, self.state())
        (vgpu,) = self.rows('VGPU').values()
        self.assertIn(vgpu['resident_on'], self.rows('PGPU'))

    def assert_stopped(self):
        self.assertEqual(power_state.SHUTDOWN, self.state())
        (vgpu,) = self.rows('VGPU').values()
        self.assertNotIn(vgpu['resident_on'], self.rows('PGPU'))


@ddt.ddt
class PowerTest(PowerTestCase):
    def power_on(self):
        self.xen.power_on(None, self.gpu, None)

    def reboot(self, kind):
        self.xen.reboot(None, self.gpu, None, kind)

    def test_off_and_on(self):
        self.xen.power_off(self.gpu)
        self.assert_stopped()
        self.assertEqual(0, self.called('VM.clean_shutdown'))
        self.xen.power_off(self.gpu, timeout=5)
        self.assert_stopped()
        self.power_on()
        self.assert_runs()
        self.assertEqual(1, self.called('VGPU.create'))
        self.power_on()
        self.assert_runs()

    def test_off_with_patience(self):
        self.xen.power_off(self.gpu, timeout=5)
        self.assert_stopped()
        self.assertEqual(1, self.called('VM.clean_shutdown'))
        self.assertEqual(0, self.called('VM.hard_shutdown'))

    @ddt.data(
        ('fail', 'VM_MISSING_PV_DRIVERS'),
        ('delay', 3),
        ('drop',),
    )
    @ddt.unpack
    def test_guest_that_does_not_shut_down(self, action, *details):
        plan = getattr(self.simulator.faults, action)
        plan(*details, method='VM.clean_shutdown')
        self.xen.power_off(self.gpu, timeout=1)
        self.assert_stopped()
        self.assertEqual(1, self.called('VM.hard_shutdown'))

    def test_off_while_busy(self):
        self.simulator.faults.fail(
            'OTHER_OPERATION_IN_PROGRESS',
            method='VM.hard_shutdown',
            times=3,
        )
        self.xen.power_off(self.gpu)
        self.assert_stopped()

    def test_off_broken(self):
        self.simulator.faults.drop('VM.hard_shutdown', after=True)
        self.xen.power_off(self.gpu)
        self.assert_stopped()

    def test_off_refused(self):
        self.simulator.faults.fail('ODD', method='VM.hard_shutdown')
        self.assertRaises(errors.Refused, self.xen.power_off, self.gpu)

    def test_soft_reboot(self):
        self.reboot('SOFT')
        self.assert_runs()
        self.assertEqual(1, self.called('VM.clean_reboot'))
        self.assertEqual(1, self.called('VM.start_on'))

    def test_soft_reboot_of_a_guest_without_tools(self):
        self.simulator.faults.fail(
            'VM_MISSING_PV_DRIVERS', method='VM.clean_reboot'
        )
        self.reboot('SOFT')
        self.assert_runs()
        self.assertEqual(2, self.called('VM.start_on'))

    @ddt.data('SOFT', 'HARD')
    def test_reboot_of_a_stopped_instance(self, kind):
        self.xen.power_off(self.gpu)
        self.reboot(kind)
        self.assert_runs()

    def test_hard_reboot(self):
        self.reboot('HARD')
        self.assert_runs()
        self.assertEqual(1, self.called('VM.hard_shutdown'))

    def test_pause(self):
        self.xen.pause(self.gpu)
        self.assertEqual(power_state.PAUSED, self.state())
        self.xen.unpause(self.gpu)
        self.assert_runs()
        self.xen.pause(self.gpu)
        self.power_on()
        self.assert_runs()

    def test_soft_delete_and_restore(self):
        self.xen.soft_delete(self.gpu)
        self.assert_stopped()
        self.xen.restore(self.gpu)
        self.assert_runs()

    def test_host_boot(self):
        outside.reboot(self.pool, self.host_uuid())
        self.assert_stopped()
        self.xen.resume_state_on_host_boot(None, self.gpu, None, None)
        self.assert_runs()

    def test_suspended_by_somebody(self):
        self.simulate({'hosts': [{'name': 'h1', 'cards': ['NVIDIA A16']}]})
        self.xen = self.driver()
        plain = self.instance('plain')
        self.spawn(self.xen, plain)
        self.pool.call('VM.suspend', self.the_vm()[0])
        self.assertEqual(power_state.SUSPENDED, self.xen.get_info(plain).state)
        self.xen.power_on(None, plain, None)
        self.assertEqual(power_state.RUNNING, self.xen.get_info(plain).state)

    def test_place_taken_meanwhile(self):
        self.xen.power_off(self.gpu)
        for number in range(4):
            self.start_foreign(K260Q, name=f'stranger {number}')
        books = self.xen.present_books()
        key = names.canonical_key('GRID K260Q')
        (group,) = books.groups
        claim = capacity.Claim(self.gpu.uuid, key, K260Q, group.id)
        claimed = dataclasses.replace(books, claims=(claim,))
        self.track(self.xen, claimed)
        error = self.assertRaises(REFUSED, self.power_on)
        self.assertIn('not enough vGPUs: GRID K260Q', str(error))
        self.assertIn('VM_REQUIRES_VGPU', self.log.output)

    def test_no_such_vm(self):
        other = self.gpu_instance('other', K260Q=1)
        for act in (
            self.xen.power_off,
            self.xen.pause,
            self.xen.unpause,
            lambda it: self.xen.power_on(None, it, None),
            lambda it: self.xen.reboot(None, it, None, 'HARD'),
            lambda it: self.xen.unrescue(None, it),
            lambda it: self.xen.get_vnc_console(None, it),
        ):
            self.assertRaises(exception.InstanceNotFound, act, other)

    def test_clone_by_an_administrator_is_left_alone(self):
        self.xen.power_off(self.gpu)
        ref, _ = self.the_vm()
        clone = self.pool.call('VM.clone', ref, 'my clone')
        self.assertEqual([self.gpu.uuid], self.xen.list_instance_uuids())
        self.xen.destroy(None, self.gpu, None)
        self.assertIn(clone, self.rows('VM'))


class GroupTest(PowerTestCase):
    """The group of a vGPU may change from start to start."""

    pool_content = TWO_GROUPS

    def claim(self, name):
        books = self.xen.present_books()
        (group,) = (
            row['uuid']
            for row in self.rows('GPU_group').values()
            if row['name_label'] == name
        )
        key = names.canonical_key('GRID K260Q')
        claim = capacity.Claim(self.gpu.uuid, key, K260Q, group)
        claimed = dataclasses.replace(books, claims=(claim,))
        self.track(self.xen, claimed)

    def test_start_in_another_group(self):
        for name in ('a', 'b', 'a'):
            self.claim(name)
            self.xen.reboot(None, self.gpu, None, 'HARD')
            self.assertEqual([('GRID K260Q', name)], self.vgpus())
            self.assert_runs()

    def test_same_group(self):
        ((_, name),) = self.vgpus()
        before = set(self.rows('VGPU'))
        self.claim(name)
        self.xen.reboot(None, self.gpu, None, 'HARD')
        self.assertEqual(before, set(self.rows('VGPU')))

    def test_change_of_flavor_behind_our_back(self):
        self.gpu.flavor.extra_specs = {}
        self.xen.reboot(None, self.gpu, None, 'HARD')
        self.assertEqual([], self.vgpus())


@ddt.ddt
class RescueTest(PowerTestCase):
    def rescue(self, image=None):
        self.xen.rescue(
            None,
            self.gpu,
            None,
            image or self.image(bytes(1 << 20)),
            'password',
            None,
            None,
        )

    def assert_as_before(self):
        self.assertEqual({'0': ('root', True)}, self.disks())
        self.assertEqual(
            {'VM': 1, 'VDI': 1, 'VBD': 1, 'VGPU': 1}, self.left_over()
        )

    def test_rescue_and_back(self):
        self.rescue()
        self.assert_runs()
        self.assertEqual(
            {'0': ('rescue', True), '1': ('root', False)}, self.disks()
        )
        self.assertEqual([('GRID K260Q', K2_GROUP)], self.vgpus())
        self.gpu.vm_state = vm_states.RESCUED
        self.xen.reboot(None, self.gpu, None, 'HARD')
        self.assertEqual(('rescue', True), self.disks()['0'])
        self.assert_runs()
        self.xen.unrescue(None, self.gpu)
        self.assert_runs()
        self.assert_as_before()

    def test_destroy_while_rescued(self):
        self.rescue()
        self.xen.destroy(None, self.gpu, None)
        self.assertEqual({}, self.left_over())

    def test_disk_of_an_earlier_rescue(self):
        self.xen.disks.create(self.gpu, 'rescue', 1 << 20)
        (stale,) = (
            ref
            for ref, disk in self.rows('VDI').items()
            if disk['name_label'].endswith('rescue')
        )
        self.rescue()
        self.assertNotIn(stale, self.rows('VDI'))
        self.assert_runs()

    def test_task_that_is_made_late(self):
        self.xen = self.driver(running_timeout=1)
        self.simulator.faults.delay(1.5, 'task.create')
        self.assertRaises(errors.ConnectionBroke, self.rescue)
        self.assertEqual({}, self.rows('task'))
        time.sleep(1)
        self.xen.get_available_resource('h1')
        self.assertEqual({}, self.rows('task'))

    def test_paravirtual_image(self):
        error = self.assertRaises(
            exception.ImageUnacceptable,
            self.rescue,
            self.image(properties={'hw_vm_mode': 'xen'}),
        )
        self.assertIn('only HVM', str(error))
        self.assert_runs()

    @ddt.data('VDI.create', 'VBD.create', 'VM.start_on')
    def test_refused(self, method):
        self.simulator.faults.fail('INTERNAL_ERROR', 'x', method=method)
        self.assertRaises(errors.Refused, self.rescue)
        self.assert_as_before()
        self.xen.power_on(None, self.gpu, None)
        self.assert_runs()

    @ddt.data(
        ('VDI.create', True),
        ('VDI.create', False),
        ('VBD.create', True),
        ('VBD.create', False),
        ('PUT /import_raw_vdi', False),
    )
    @ddt.unpack
    def test_broken(self, method, after):
        self.simulator.faults.drop(method, after=after)
        self.assertRaises(errors.ConnectionBroke, self.rescue)
        self.assert_as_before()

    @ddt.data('VBD.create', 'VDI.destroy', 'VM.start_on')
    def test_unrescue_that_fails(self, method):
        self.rescue()
        self.simulator.faults.fail('ODD', method=method, times=2)
        self.assertRaises(errors.Refused, self.xen.unrescue, None, self.gpu)
        self.simulator.faults.clear()
        self.xen.reboot(None, self.gpu, None, 'HARD')
        self.assert_runs()
        self.assert_as_before()

    def test_undo_that_fails_hides_nothing(self):
        self.simulator.faults.fail('INTERNAL_ERROR', method='VBD.create')
        with mock.patch.object(
            self.xen, '_end_rescue', side_effect=RuntimeError
        ):
            self.assertRaises(errors.Refused, self.rescue)
        self.assertIn('could be undone', self.log.output)
