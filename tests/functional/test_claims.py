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
"""The resource tracker's books on boot, delete, refusal and restart."""

from unittest import mock

from nova import objects

from tests.functional import base

K260Q = 'GRID K260Q'
K200 = 'GRID K200'


class ClaimsTest(base.VGPUTestCase):
    """One host with a GRID K2: two pGPUs of 2 x K260Q or 8 x K200 each."""

    def setUp(self):
        super().setUp()
        # Placement would refuse before the claim does.
        self.flags(claim_in_placement=False, group='vgpus')
        self.start_host('host', 'GRID K2')
        self.k260q = self.flavor({f'vgpus:{K260Q}': '1'})

    def node(self):
        return objects.ComputeNode.get_first_node_by_host_for_old_compat(
            self.ctxt, 'host'
        )

    def test_refusal_names_model_and_count_and_nothing_else(self):
        for _ in range(4):
            self.boot(self.k260q)
        flavor = self.flavor({f'vgpus:{K260Q}': '2'})
        # A forced host skips the filters, and has no alternates.
        failed = self.boot(flavor, 'ERROR', az='nova:host')
        self.assertEqual(
            f'Insufficient compute resources: not enough vGPUs: 2 x {K260Q}.',
            failed['fault']['message'],
        )

    def test_refusal_is_no_build_failure(self):
        for _ in range(4):
            self.boot(self.k260q)
        with self.hasty_scheduler():
            self.boot(self.k260q, 'ERROR')
        self.audit()
        self.assertEqual('0', self.node().stats.get('failed_builds', '0'))

    def test_failed_build_is_one_still(self):
        driver = self.computes['host'].manager.driver
        with mock.patch.object(driver, 'spawn', side_effect=RuntimeError):
            self.boot(self.k260q, 'ERROR')
        self.audit()
        self.assertEqual('1', self.node().stats['failed_builds'])

    def test_failed_build_gives_its_vgpu_back(self):
        before = self.books('host')
        driver = self.computes['host'].manager.driver
        with mock.patch.object(driver, 'spawn', side_effect=RuntimeError):
            self.boot(self.k260q, 'ERROR')
        self.assertEqual(before, self.books('host'))

    def test_stopped_instance_keeps_its_claim(self):
        server = self.boot(self.k260q)
        self._stop_server(server)
        self.audit()
        self.assertEqual(3, self.free('host', K260Q))
        self.assertEqual(8, self.free('host', K200))
        self.assertEqual((), self.books('host').residents)

    def test_running_instance_counts_once(self):
        self.boot(self.k260q)
        self.audit()
        books = self.books('host')
        self.assertEqual(1, len(books.residents))
        self.assertEqual(1, len(books.claims))
        self.assertEqual(3, books.free[K260Q])

    def test_foreign_vm_uses_capacity(self):
        hypervisor = self.hypervisor('host')
        books = self.books('host')
        passthrough = next(m for m in books.models if m.passthrough)
        hypervisor.start_vm(
            'foreign',
            [(passthrough.identifier, books.groups[0].id)],
            'desktop',
            foreign=True,
        )
        self.audit()
        self.assertEqual(2, self.free('host', K260Q))
        hypervisor.stop_vm('foreign')
        self.audit()
        self.assertEqual(4, self.free('host', K260Q))

    def test_shortage_from_outside_is_free_none_and_a_warning(self):
        servers = [self.boot(self.k260q) for _ in range(3)]
        for server in servers:
            self._stop_server(server)
        books = self.books('host')
        passthrough = next(m for m in books.models if m.passthrough)
        self.hypervisor('host').start_vm(
            'foreign',
            [(passthrough.identifier, books.groups[0].id)],
            'desktop',
            foreign=True,
        )
        with self.assertLogs('nova_vgpu_ext', 'WARNING') as logs:
            self.audit()
        self.assertEqual(0, self.free('host', K260Q))
        self.assertEqual(0, self.free('host', K200))
        text = '\n'.join(logs.output)
        for part in ('Node host', 'desktop', books.pgpus[0].id):
            self.assertIn(part, text)

    def test_restart_rebuilds_the_same_books(self):
        running = self.boot(self.k260q)
        stopped = self.boot(self.flavor({f'vgpus:{K200}': '2'}))
        self._stop_server(stopped)
        self.audit()
        before = self.books('host')
        self.computes['host'] = self.restart_compute_service(
            self.computes['host'], keep_hypervisor_state=False
        )
        self.assertEqual(before, self.books('host'))
        self.assertEqual(
            {running['id'], stopped['id']},
            {claim.owner for claim in before.claims},
        )

    def test_unreadable_books_cost_the_host_its_gpu_instances_only(self):
        node = self.node()
        from nova.db.main import api as db

        db.compute_node_update(self.ctxt, node.id, {'vgpus': '{garbage'})
        failed = self.boot(self.k260q, 'ERROR')
        self.assertIn('No valid host', failed['fault']['message'])
        self.boot(self.flavor())

    def test_delete_after_a_move_releases_at_once(self):
        self.start_host('other', 'GRID K2')
        server = self.boot(self.k260q, host='host')
        self._migrate_server(server)
        self._confirm_resize(server)
        self.assertEqual(4, self.free('host', K260Q))
        self.assertEqual(3, self.free('other', K260Q))
        self._delete_server(server)
        self.assertEqual(4, self.free('other', K260Q))

    def test_resize_on_one_host_holds_both_until_confirmed(self):
        self.flags(allow_resize_to_same_host=True)
        server = self.boot(self.k260q)
        flavor = self.flavor({f'vgpus:{K200}': '1'})
        self._resize_server(server, flavor)
        for _ in range(2):
            self.assertEqual(2, len(self.books('host').claims))
            self.audit()
        self._confirm_resize(server)
        (claim,) = self.books('host').claims
        self.assertEqual('CUSTOM_VGPU_GRID_K200', claim.key)

    def test_refused_move_counts_nothing_in_an_audit(self):
        self.start_host('source', 'GRID K2')
        for _ in range(4):
            self.boot(self.k260q, host='host')
        server = self.boot(self.k260q, host='source')
        manager = self.computes['host'].manager
        undo, used = manager._revert_allocation, []

        def audit_first(*args):
            self.audit('host')
            used.extend(row.used for row in self.books('host').rows)
            return undo(*args)

        with (
            # As if the scheduler didn't know yet that the host is full.
            self.hasty_scheduler(),
            mock.patch.object(manager, '_revert_allocation', audit_first),
        ):
            self.api.post_server_action(server['id'], {'migrate': None})
            self._wait_for_migration_status(server, ['error'])
        self.assertEqual(4, sum(used))

    def test_flavor_that_is_wrong_is_the_fault(self):
        flavor = self.flavor()
        self.admin_api.microversion = '2.61'
        self.admin_api.post_extra_spec(
            flavor, {'extra_specs': {f'vgpus:{K260Q}': 'many'}}
        )
        self.admin_api.microversion = self.microversion
        failed = self.boot(flavor, 'ERROR')
        self.assertIn('give a positive number', failed['fault']['message'])

    def test_model_that_no_host_has(self):
        flavor = self.flavor({'vgpus:Voodoo 2': '1'})
        with self.assertLogs('nova_vgpu_ext.scheduler', 'INFO') as logs:
            failed = self.boot(flavor, 'ERROR')
        self.assertIn('No valid host', failed['fault']['message'])
        refusal, unknown = logs.output
        self.assertIn(
            'is refused: not enough vGPUs: 1 x Voodoo 2; no host', refusal
        )
        self.assertIn('No host has the vGPU model Voodoo 2', unknown)
