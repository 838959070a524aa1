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

from nova_vgpu_ext.virt import fake_hypervisor
from nova_vgpu_ext.virt import fake_state
from tests.unit.virt import base
from tests.unit.virt.base import FIRST
from tests.unit.virt.base import K2_GROUP
from tests.unit.virt.base import K200
from tests.unit.virt.base import K260Q
from tests.unit.virt.base import fill
from tests.unit.virt.base import where


class HardwareTest(base.FakeHostTestCase):
    def setUp(self):
        super().setUp()
        self.host = self.hypervisor()

    def test_disable_on_one_pgpu(self):
        self.host.disable_type(K260Q, FIRST)
        self.assertEqual(2, fill(self.host, K260Q))
        self.assertEqual(8, fill(self.host, K200))

    def test_disable_everywhere_and_enable(self):
        self.host.disable_type(K260Q)
        self.assertEqual(0, fill(self.host, K260Q))
        self.host.enable_type(K260Q)
        self.assertEqual(4, fill(self.host, K260Q))

    def test_type_in_use_can_not_be_disabled(self):
        self.host.start_vm('vm', [(K260Q, K2_GROUP)], name='busy')
        error = self.assertRaises(
            fake_hypervisor.Refused, self.host.disable_type, K260Q
        )
        self.assertIn('busy', str(error))

    def test_pull_and_insert(self):
        self.host.start_vm('vm', [(K260Q, K2_GROUP)])
        (pgpu,) = where(self.host, 'vm')
        self.host.start_vm('safe')
        self.host.pull_pgpu(pgpu)
        self.assertEqual(fake_state.CRASHED, self.host.vm('vm').state)
        self.assertEqual((), self.host.vm('vm').vgpus)
        self.assertEqual(fake_state.RUNNING, self.host.vm('safe').state)
        self.assertEqual(1, len(self.host.pgpus))
        self.assertEqual(2, fill(self.host, K260Q))
        self.host.insert_pgpu(pgpu)
        self.assertEqual(8, fill(self.host, K200))

    def test_card_gone_at_restart(self):
        self.host.start_vm('vm', [(K260Q, K2_GROUP)])
        again = self.hypervisor('cards: [{card: GRID K1}]')
        self.assertEqual(fake_state.CRASHED, again.vm('vm').state)
        self.assertEqual(4, len(again.pgpus))

    def test_rename(self):
        self.host.rename_type(K260Q, 'NVIDIA K260Q')
        self.assertIn('NVIDIA K260Q', [one.name for one in self.host.types])
        error = self.assertRaises(
            fake_hypervisor.NoRoom,
            self.host.start_vm,
            'vm',
            [(K260Q, K2_GROUP)] * 5,
        )
        self.assertEqual('NVIDIA K260Q', error.name)
