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

import json
import os

import ddt

from nova_vgpu_ext.virt import fake_state
from tests.unit.virt import base
from tests.unit.virt.base import K2_GROUP
from tests.unit.virt.base import K200


@ddt.ddt
class StateFileTest(base.FakeHostTestCase):
    @ddt.data(
        '', '{', '[]', '{"version": 1}', '{"version": 2}',
        '{"version": 1, "vms": [{}], "pulled": [], "disabled": [], '
        '"renamed": {}, "sequence": 1}',
    )  # fmt: skip
    def test_damaged(self, text):
        path = os.path.join(self.directory, 'h.json')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        error = self.assertRaises(fake_state.InvalidStateFile, self.hypervisor)
        self.assertIn(f'{path} of the fake hypervisor is damaged', str(error))

    def test_not_readable(self):
        os.mkdir(os.path.join(self.directory, 'h.json'))
        error = self.assertRaises(fake_state.InvalidStateFile, self.hypervisor)
        self.assertIn('can not be read', str(error))

    def test_not_writable(self):
        error = self.assertRaises(
            fake_state.InvalidStateFile, self.hypervisor, host='no/h'
        )
        self.assertIn('can not be written', str(error))

    def test_refused_write_changes_nothing(self):
        host = self.hypervisor()
        os.rename(self.directory, f'{self.directory}-gone')
        self.addCleanup(os.rename, f'{self.directory}-gone', self.directory)
        self.assertRaises(fake_state.InvalidStateFile, host.start_vm, 'vm')
        self.assertEqual({}, host.vms)

    def test_no_log(self):
        file = fake_state.StateFile(os.path.join(self.directory, 'x.json'))
        self.assertEqual([], file.events())

    def test_is_json(self):
        self.hypervisor().start_vm('vm', [(K200, K2_GROUP)])
        with open(os.path.join(self.directory, 'h.json')) as file:
            state = json.load(file)
        self.assertEqual('vm', state['vms'][0]['uuid'])
