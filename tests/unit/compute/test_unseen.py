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

from oslotest import base

from nova_vgpu_ext.compute import unseen
from tests.unit import factories


class UnseenChangesTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.changes = unseen.UnseenChanges()
        self.snapshot = factories.host(
            residents=[factories.resident('g-0', owner='one')]
        )

    def start(self, owner, *pgpus, node='node'):
        self.changes.note(
            node, owner, [factories.resident(p, owner=owner) for p in pgpus]
        )

    def seen(self):
        books = self.changes.onto('node', self.snapshot)
        return {(r.owner, r.pgpu) for r in books.residents}

    def test_what_changed_meanwhile_counts(self):
        with self.changes.collected():
            self.start('one')
            self.start('two', 'g-1')
            self.start('two', 'g-0')
            self.assertEqual({('two', 'g-0')}, self.seen())

    def test_what_changed_before_is_in_the_snapshot(self):
        self.start('one', 'g-1')
        with self.changes.collected():
            self.assertEqual({('one', 'g-0')}, self.seen())

    def test_other_nodes_do_not_count(self):
        with self.changes.collected():
            self.start('one', 'g-1', node='other')
            self.assertEqual({('one', 'g-0')}, self.seen())

    def test_nothing_is_kept_afterwards(self):
        with self.changes.collected():
            self.start('one')
        self.assertEqual({('one', 'g-0')}, self.seen())
        self.assertEqual({}, self.changes._audits)
