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

"""Fake hosts for tests."""

import os

import fixtures
from oslotest import base

from nova_vgpu_ext.virt import card_definitions
from nova_vgpu_ext.virt import fake_cards
from nova_vgpu_ext.virt import fake_hypervisor

K2_GROUP = 'Group of NVIDIA Corporation GK104GL [GRID K2] GPUs'
K200 = '0001:nvidia,11bf,,118d,101d'
K240Q = '0001:nvidia,11bf,,11b0,101a'
K260Q = '0001:nvidia,11bf,,11b0,101b'
K2_PASSTHROUGH = '0001:passthrough,GRID K2'
FIRST, SECOND = '0000:01:00.0', '0000:02:00.0'  # of the first card
MIXED_GROUP = 'Group of Made-Up Mixed-24 GPUs'


def mixed(size):
    """The identifier of a type of the made-up card."""
    return f'0001:made-up,mixed-24,{size}'


def fill(hypervisor, identifier, group=K2_GROUP):
    """Start VMs with one vGPU each until one is refused.

    :returns: how many started
    """
    started = 0
    while True:
        try:
            hypervisor.start_vm(
                f'{identifier}-{started}', [(identifier, group)]
            )
        except fake_hypervisor.NoRoom:
            return started
        started += 1


def where(hypervisor, uuid):
    """Ids of the pGPUs that a VM has vGPUs of."""
    return [pgpu for _, pgpu in hypervisor.vms[uuid].vgpus]


class FakeHostTestCase(base.BaseTestCase):
    """Has a directory, and fake hosts with cards in it."""

    def setUp(self):
        super().setUp()
        self.directory = self.useFixture(fixtures.TempDir()).path

    def cards_file(self, text):
        """The path of a new cards file."""
        path = os.path.join(self.directory, 'cards.yaml')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def shipped_file(self, name):
        """The path of a cards file that comes with the package."""
        return os.path.join(card_definitions.SHIPPED, f'{name}.yaml')

    def hypervisor(self, text='cards: [{card: GRID K2}]', seed=0, host='h'):
        """A FakeHypervisor, connected to again if there is one."""
        return fake_hypervisor.FakeHypervisor(
            fake_cards.load(self.cards_file(text)),
            os.path.join(self.directory, f'{host}.json'),
            seed,
        )
