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

"""The books of a node on claims, releases and audits."""

from unittest import mock

import ddt
from nova.compute import vm_states
from nova.objects import base as nova_base

from nova_vgpu_ext import capacity
from nova_vgpu_ext import request
from tests.unit.compute import base

LOGGER = 'nova_vgpu_ext.compute.resource_tracker'


class UsageTest(base.TrackerTestCase):
    """Claims and releases."""

    def test_claim_and_release(self):
        before = self.node.vgpus
        instance = base.instance(small=3)
        self.claim(instance)
        self.assertEqual(5, self.free())
        self.assertEqual(64, self.node.memory_mb_used)
        self.release(instance)
        self.assertEqual(before, self.node.vgpus)

    def test_flavor_that_is_moved_to_counts(self):
        instance = base.instance(small=1)
        self.claim(instance, base.flavor(half=2))
        (model,) = {claim.model for claim in self.node.vgpus.claims}
        self.assertEqual('0001:half', model)
        self.release(instance, base.flavor(half=2))
        self.assertEqual(8, self.free())

    def test_both_flavors_of_a_resize_count(self):
        instance = base.instance(small=1)
        self.claim(instance)
        self.claim(instance, base.flavor(half=2))
        self.assertEqual(3, len(self.node.vgpus.claims))
        self.release(instance)
        self.assertEqual(2, len(self.node.vgpus.claims))

    def test_release_twice_changes_nothing(self):
        instance = base.instance(small=1)
        other = base.instance(small=1)
        self.claim(instance)
        self.claim(other)
        self.release(instance)
        self.release(instance)
        self.assertEqual(7, self.free())

    def test_claim_counts_even_where_it_does_not_fit(self):
        """What is here is here, whatever became of the hardware."""
        self.claim(base.instance(small=9))
        self.assertEqual(0, self.free())

    def test_change_is_seen_by_novas_save(self):
        self.node.obj_reset_changes()
        self.claim(base.instance(small=1))
        self.assertIn('vgpus', self.node.obj_what_changed())

    def test_instance_without_vgpus_changes_nothing(self):
        before = self.node.vgpus
        self.claim(base.instance())
        self.assertIs(before, self.node.vgpus)

    def test_flavor_that_became_wrong_counts_for_nothing(self):
        before = self.node.vgpus
        self.claim(base.instance(small='many'))
        self.assertIs(before, self.node.vgpus)

    def test_driver_without_gpus(self):
        for node in (self.node, _stock_like(self.node)):
            self.tracker.compute_nodes[base.NODE] = node
            node.vgpus = None
            with self.assertLogs(LOGGER, 'WARNING') as logs:
                self.claim(base.instance(small=1))
            self.assertIn('the driver reports no GPUs', logs.output[0])
            self.assertIsNone(node.vgpus)
            self.claim(base.instance())


def _stock_like(node):
    """A node whose books were never set."""
    primitive = node.obj_to_primitive()
    del primitive['nova_object.data']['vgpus']
    return nova_base.NovaObject.obj_from_primitive(primitive)


class LogTest(base.TrackerTestCase):
    """One line at INFO for each change, with the instance's uuid."""

    def lines(self, function, *args):
        with base.Lines(LOGGER) as lines:
            function(*args)
        return lines

    def test_claim(self):
        instance = base.instance(small=2)
        (line,) = self.lines(self.claim, instance)
        self.assertIn('Claimed 2 x GRID small on node node', line)
        self.assertIn(instance.uuid, line)

    def test_release(self):
        instance = base.instance(small=2)
        self.claim(instance)
        (line,) = self.lines(self.release, instance)
        self.assertIn('Released 2 x GRID small on node node', line)
        self.assertIn(instance.uuid, line)

    def test_release_of_what_nova_forgot(self):
        instance = base.instance(small=2)
        self.claim(instance)
        instance.vm_state = vm_states.DELETED
        (line,) = self.lines(
            self.tracker.update_usage, self.ctxt, instance, base.NODE
        )
        self.assertIn('Released 2 x GRID small on node node', line)
        self.assertIn(instance.uuid, line)

    def test_instance_without_vgpus(self):
        with self.assertNoLogs(LOGGER, 'INFO'):
            self.claim(base.instance())
            self.release(base.instance())


@ddt.ddt
class UpdateUsageTest(base.TrackerTestCase):
    """Nova forgets instances that are tracked by their migration only."""

    def setUp(self):
        super().setUp()
        self.instance = base.instance(small=2)
        self.claim(self.instance)

    def update_usage(self, vm_state, task_state=None):
        self.instance.vm_state = vm_state
        self.instance.task_state = task_state
        self.tracker.update_usage(self.ctxt, self.instance, base.NODE)

    @ddt.data(vm_states.DELETED, vm_states.SHELVED_OFFLOADED)
    def test_removed_instance_is_released_and_saved(self, vm_state):
        self.update_usage(vm_state)
        self.assertEqual(8, self.free())
        self.save.assert_called_once()

    @ddt.data(
        (vm_states.ACTIVE, None),
        (vm_states.STOPPED, None),
        (vm_states.ERROR, None),
        (vm_states.SOFT_DELETED, None),
        (vm_states.SHELVED, None),
        (vm_states.SHELVED_OFFLOADED, 'spawning'),
    )
    @ddt.unpack
    def test_others_keep_their_claim(self, vm_state, task_state):
        self.update_usage(vm_state, task_state)
        self.assertEqual(6, self.free())

    def test_nothing_to_release_is_nothing_to_save(self):
        self.instance = base.instance()
        self.update_usage(vm_states.DELETED)
        self.save.assert_not_called()

    def test_node_that_is_gone_or_without_gpus(self):
        self.node.vgpus = None
        self.update_usage(vm_states.DELETED)
        self.tracker.compute_nodes.clear()
        self.update_usage(vm_states.DELETED)
        self.save.assert_not_called()


class DriverTest(base.TrackerTestCase):
    """A driver that asks for the books gets them."""

    def test_books_as_of_now(self):
        instance = base.instance(small=1)
        self.claim(instance)
        books = self.tracker.vgpu_books(base.NODE)
        self.assertIs(self.node.vgpus, books)
        self.assertIsInstance(books, capacity.HostVGPUs)
        wanted = request.VGPURequest.of({'GRID small': 1})
        self.assertEqual(
            (('0001:small', 'g'),), books.assignment(instance.uuid, wanted)
        )

    def test_unknown_node_has_none(self):
        self.assertIsNone(self.tracker.vgpu_books('other'))

    def test_is_known_to_drivers_that_have_a_place_for_it(self):
        driver = mock.Mock(spec=['vgpu_tracker'])
        tracker = type(self.tracker)('host', driver, mock.Mock())
        self.assertIs(tracker, driver.vgpu_tracker)


class ResidentsTest(base.TrackerTestCase):
    """The driver tells what it starts and stops."""

    def start(self, instance, *pgpus, model='half'):
        self.tracker.note_residents(
            base.NODE,
            instance.uuid,
            [
                capacity.Resident(pgpu, f'0001:{model}', instance.uuid)
                for pgpu in pgpus
            ],
        )

    def test_release_after_starts_that_no_audit_saw(self):
        """Two halves fill a pGPU; the third keeps the other from others."""
        one, two, three = (base.instance(half=1) for _ in range(3))
        for instance, pgpu in (one, 'g-0'), (two, 'g-0'), (three, 'g-1'):
            self.claim(instance)
            self.start(instance, pgpu)
        self.release(two)
        self.assertEqual(0, self.node.vgpus.free['GRID passthrough'])

    def test_what_nobody_claims_is_told_at_once(self):
        claimed, orphan = base.instance(half=1), base.instance(half=1)
        self.claim(claimed)
        self.start(claimed, 'g-0')
        self.assertFalse(self.save.called)
        self.start(orphan, 'g-1')
        self.assertEqual(1, self.save.call_count)
        self.start(orphan)
        self.assertEqual(2, self.save.call_count)
        self.start(orphan)
        self.assertEqual(2, self.save.call_count)

    def test_stopped_instance_is_pending(self):
        instance = base.instance(half=1)
        self.claim(instance)
        self.start(instance, 'g-0')
        self.assertEqual((), self.node.vgpus.pending)
        self.start(instance)
        self.assertEqual(1, len(self.node.vgpus.pending))

    def test_hardware_that_is_not_in_the_books_is_left_out(self):
        instance = base.instance(half=1)
        self.start(instance, 'new')
        self.start(instance, 'g-0', model='new')
        self.assertEqual((), self.node.vgpus.residents)

    def test_node_without_books(self):
        self.node.vgpus = None
        self.start(base.instance(half=1), 'g-0')
        self.tracker.compute_nodes.clear()
        self.start(base.instance(half=1), 'g-0')
