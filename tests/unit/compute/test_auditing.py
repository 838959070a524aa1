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

import ddt
import fixtures
from nova.compute import vm_states
from oslo_utils import timeutils

from tests.unit import factories
from tests.unit.compute import base

LOGGER = 'nova_vgpu_ext.compute'


class AuditTestCase(base.TrackerTestCase):
    """_copy_resources, then usage, then _update, as in Nova's audit."""

    def setUp(self):
        super().setUp()
        self.patch_tracker('_copy_resources', side_effect=self.stock_copy)
        self.patch_tracker(
            '_update_available_resource', side_effect=self.stock_audit
        )
        self.patch_tracker(
            '_update_usage_from_instances', side_effect=self.stock_usage
        )
        self.node_saved = self.useFixture(
            fixtures.MockPatchObject(type(self.node), 'save')
        ).mock
        self.instances = []
        self.hardware = factories.host(('a', 'b'), 1)
        self.node.vgpus = self.hardware

    def stock_copy(self, node, resources, initial=False):
        node.vgpus = self.hardware

    def stock_audit(self, context, resources, startup=False):
        self.tracker._copy_resources(self.node, resources)
        self.tracker._update_usage_from_instances(
            context, self.instances, base.NODE
        )
        self.tracker._update(context, self.node)

    def stock_usage(self, context, instances, nodename):
        for instance in instances:
            if isinstance(instance, Exception):
                self.tracker.tracked_instances.clear()
                self.tracker.tracked_migrations.clear()
                raise instance
            self.claim(instance)
        return {instance.uuid: instance for instance in instances}

    def audit(self):
        self.tracker._update_available_resource(
            self.ctxt, {'hypervisor_hostname': base.NODE}
        )

    def boot(self, **counts):
        self.instances.append(base.instance(**counts))
        self.claim(self.instances[-1])


class AuditTest(AuditTestCase):
    def test_same_books_and_silence_where_nothing_changed(self):
        self.boot(small=2)
        self.boot(half=1)
        before = self.node.vgpus
        with self.assertNoLogs(LOGGER, 'INFO'):
            self.audit()
        self.assertEqual(before, self.node.vgpus)

    def test_pending_claims_keep_their_groups_in_any_order(self):
        for counts in ({'small': 3}, {'half': 1}, {'half': 1}, {'small': 1}):
            self.boot(**counts)
        before = self.node.vgpus
        self.instances.reverse()
        self.audit()
        self.assertEqual(before, self.node.vgpus)

    def test_claim_after_an_audit_is_logged_again(self):
        self.audit()
        with self.assertLogs(LOGGER, 'INFO'):
            self.boot(small=1)

    def test_vanished_instance_is_gone(self):
        self.boot(small=2)
        self.instances.clear()
        self.audit()
        self.assertEqual(self.hardware, self.node.vgpus)

    def test_failed_audit_keeps_all_promises(self):
        self.boot(small=4)
        self.boot(half=1)
        before = self.node.vgpus
        self.instances.insert(1, RuntimeError('the conductor is away'))
        self.assertRaises(RuntimeError, self.audit)
        self.assertEqual(before, self.node.vgpus)
        with self.assertLogs(LOGGER, 'INFO'):
            self.claim(base.instance(small=1))

    def test_after_a_failed_audit_a_release_is_no_claim(self):
        # Nova counts an instance that it doesn't track as a new one, even
        # where a claim is taken back.
        self.tracker.tracked_instances.add('here')
        self.tracker.tracked_migrations['moving'] = 'migration'
        self.instances.append(LookupError('the conductor is away'))
        self.assertRaises(LookupError, self.audit)
        self.assertEqual({'here'}, self.tracker.tracked_instances)
        self.assertEqual(
            {'moving': 'migration'}, self.tracker.tracked_migrations
        )

    def test_failed_save_keeps_all_promises(self):
        self.boot(small=4)
        before = self.node.vgpus
        self.save.side_effect = RuntimeError('Placement is away')
        self.assertRaises(RuntimeError, self.audit)
        self.assertEqual(before, self.node.vgpus)

    def test_audit_after_a_failed_one_keeps_groups(self):
        self.boot(half=2)
        self.boot(small=1)
        before = self.node.vgpus
        self.instances.insert(0, RuntimeError('the conductor is away'))
        self.assertRaises(RuntimeError, self.audit)
        self.instances.pop(0)
        self.instances.reverse()
        self.audit()
        self.assertEqual(before, self.node.vgpus)

    def test_failure_before_there_is_a_node(self):
        self.tracker.compute_nodes.clear()
        self.instances.append(RuntimeError('the conductor is away'))
        self.assertRaises(RuntimeError, self.audit)

    def test_each_finding_is_one_warning(self):
        self.boot(passthrough=1)
        self.boot(passthrough=1)
        self.hardware = factories.host(('a', 'b'), 1, models=())
        with self.assertLogs(LOGGER, 'WARNING') as logs:
            for _ in range(3):
                self.audit()
        self.assertEqual(2, len(self.node.vgpus.findings))
        self.assertEqual(2, len(logs.output))
        self.assertIn('Node node: Instance ', logs.output[0])

    def test_audit_whose_snapshot_is_older(self):
        """The driver looks first; then an instance starts, then the rest."""
        instance = base.instance(half=1)

        def look_and_audit(context, nodename, startup=False):
            self.tracker.note_residents(
                base.NODE,
                instance.uuid,
                [factories.resident('a-0', factories.HALF, instance.uuid)],
            )
            self.tracker._copy_resources(
                self.node, {'hypervisor_hostname': base.NODE}
            )

        self.patch_tracker(
            'update_available_resource', side_effect=look_and_audit
        )
        self.tracker.update_available_resource(self.ctxt, base.NODE)
        (resident,) = self.node.vgpus.residents
        self.assertEqual('a-0', resident.pgpu)

    def test_report_that_is_still_true_is_saved_as_well(self):
        """Its age tells whether somebody looks after the host."""
        self.audit()
        self.node_saved.assert_called_once_with()

        def save(*args, **kwargs):
            self.node.updated_at = timeutils.utcnow(with_timezone=True)

        self.save.side_effect = save
        self.audit()
        self.node_saved.assert_called_once_with()

    def test_host_without_gpus_is_saved_as_by_stock_nova(self):
        self.hardware = None
        self.audit()
        self.node_saved.assert_not_called()


@ddt.ddt
class LostTest(AuditTestCase):
    """An instance whose VM runs should have its vGPUs."""

    def lost(self, vm_state=vm_states.ACTIVE, task_state=None, moves=False):
        self.boot(small=1)
        (instance,) = self.instances
        instance.vm_state, instance.task_state = vm_state, task_state
        if moves:
            self.tracker.tracked_migrations[instance.uuid] = 'a migration'
        self.hardware = dataclasses.replace(
            self.hardware, running=[instance.uuid, 'another']
        )
        self.audit()
        return [finding.kind for finding in self.node.vgpus.findings]

    @ddt.data(vm_states.ACTIVE, vm_states.PAUSED, vm_states.RESCUED)
    def test_it_has_not(self, vm_state):
        self.assertEqual(['lost'], self.lost(vm_state))
        self.assertNotIn('another', self.node.vgpus.running)

    def test_nova_is_about_to_change_that(self):
        self.assertEqual([], self.lost(task_state='powering-off'))

    @ddt.data(vm_states.STOPPED, vm_states.ERROR, vm_states.SHELVED)
    def test_nova_thinks_that_it_does_not_run(self, vm_state):
        self.assertEqual([], self.lost(vm_state))

    def test_it_is_being_moved(self):
        self.assertEqual([], self.lost(moves=True))
