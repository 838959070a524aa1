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

from unittest import mock

from nova import context
from oslotest import base

from nova_vgpu_ext.compute import provider

KEY = 'CUSTOM_VGPU_A'


class Answer:
    def __init__(self, body, status_code=200):
        self.body, self.status_code = body, status_code
        self.text = str(body)

    def json(self):
        return self.body


class ProviderTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.client = mock.Mock()
        self.client.put.return_value = Answer({})
        self.provider = provider.Provider(
            self.client, 'uuid', context.get_admin_context()
        )
        self.provider._classes = set()

    def answers(self, *, generations=(7, 7)):
        first, second = generations
        self.client.get.side_effect = [
            Answer(
                {
                    'resource_provider_generation': first,
                    'inventories': {'VCPU': {'total': 1}},
                }
            ),
            Answer(
                {
                    'resource_provider_generation': second,
                    'allocations': {
                        'one': {'resources': {KEY: 1, 'VCPU': 2}},
                        'two': {'resources': {'VCPU': 2}},
                    },
                }
            ),
        ]

    def test_read(self):
        self.answers()
        inventories, allocated = self.provider.read()
        self.assertEqual({'VCPU': {'total': 1}}, inventories)
        self.assertEqual({'one': {KEY: 1}, 'two': {}}, allocated)

    def test_user_without_the_role(self):
        self.client.get.side_effect = [Answer({}, 403)]
        error = self.assertRaises(provider.Failed, self.provider.read)
        self.assertIn('[placement]', str(error))

    def test_change_between_two_reads(self):
        self.answers(generations=(7, 8))
        self.assertRaises(provider.Conflict, self.provider.read)

    def test_provider_that_is_not_there(self):
        self.client.get.return_value = Answer('none', 404)
        error = self.assertRaises(provider.Failed, self.provider.read)
        self.assertEqual('HTTP 404: none', str(error))

    def test_write_makes_classes_once(self):
        self.answers()
        self.provider.read()
        self.provider.write({'VCPU': {}, KEY: {}})
        self.provider.write({'VCPU': {}, KEY: {}})
        self.assertEqual(
            [
                f'/resource_classes/{KEY}',
                '/resource_providers/uuid/inventories',
                '/resource_providers/uuid/inventories',
            ],
            [call.args[0] for call in self.client.put.mock_calls],
        )
        sent = self.client.put.mock_calls[1].args[1]
        self.assertEqual(7, sent['resource_provider_generation'])

    def test_conflict(self):
        self.client.put.return_value = Answer('conflict', 409)
        self.assertRaises(provider.Conflict, self.provider.write, {})

    def test_class_that_was_removed_is_made_again(self):
        self.provider.write({KEY: {}})
        self.client.put.return_value = Answer('no such class', 400)
        self.assertRaises(provider.Failed, self.provider.write, {KEY: {}})
        self.assertEqual(set(), self.provider._classes)

    def test_by_owner(self):
        owners = provider.by_owner(
            {'one': {KEY: 1}, 'move': {KEY: 2}, 'two': {KEY: 1}},
            {'one': 'one', 'move': 'one', 'two': 'two'}.get,
        )
        self.assertEqual({'one': {KEY: 3}, 'two': {KEY: 1}}, owners)
