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

import inspect

import ddt
from oslotest import base

from nova_vgpu_ext.sandbox.xapi import classes
from nova_vgpu_ext.sandbox.xapi import signatures


@ddt.ddt
class SignaturesTestCase(base.BaseTestCase):
    def test_newest_knows_all(self):
        known = signatures.load()
        self.assertEqual(known, signatures.load('orinoco'))
        self.assertEqual((2, 23), known.version)

    def test_message(self):
        message = signatures.load().message('VGPU.create')
        self.assertEqual(
            ['VM', 'GPU_group', 'device', 'other_config', 'type'],
            [parameter.name for parameter in message.parameters],
        )
        self.assertEqual(2, message.mandatory)
        self.assertEqual('ref(VGPU)', message.result)

    def test_generated_message(self):
        message = signatures.load().message('PGPU.get_all_records')
        self.assertEqual('map(ref(PGPU) -> record(PGPU))', message.result)
        self.assertFalse(message.asynchronous)

    def test_old_release(self):
        known = signatures.load('boston')
        self.assertNotIn('VGPU_type', known.classes)
        self.assertEqual(4, len(known.message('VGPU.create').parameters))
        self.assertIsNone(known.message('VGPU.get_type'))
        self.assertIsNone(known.message('PGPU.get_remaining_capacity'))
        self.assertNotIn('resident_on', known.classes['VGPU'].visible)
        self.assertIn('resident_on', known.classes['VGPU'].fields)

    def test_release_before_identifiers(self):
        known = signatures.load('cream')
        self.assertIsNotNone(known.message('VGPU_type.get_model_name'))
        self.assertIsNone(known.message('VGPU_type.get_identifier'))

    @ddt.data(None, 'boston', 'cream', 'lima')
    def test_handlers_take_what_messages_have(self, release):
        known = signatures.load(release)
        for name, handler in classes.HANDLERS.items():
            for message in known.classes[name].messages.values():
                method = message.name + '_' * (message.name == 'from')
                function = getattr(handler, method, None)
                if function is not None:
                    inspect.signature(function).bind(
                        None, None, *message.parameters
                    )

    def test_handlers_answer_messages_only(self):
        for name, handler in classes.HANDLERS.items():
            messages = signatures.load().classes[name].messages
            for method in vars(handler):
                if not method.startswith('_'):
                    self.assertIn(method.rstrip('_'), messages)
