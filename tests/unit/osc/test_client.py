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

from osc_lib import exceptions

from nova_vgpu_ext.osc import client
from tests.unit.osc import base

HREF = 'http://nova/v2.1/vgpus/hosts?limit=1&marker=h1'
FIRST = {'hosts': [1], 'hosts_links': [{'rel': 'next', 'href': HREF}]}
LAST = {'hosts': [2]}


class ClientTest(base.CommandTestCase):
    def setUp(self):
        super().setUp()
        self.client = client.Client(self.compute)

    def answer(self, *bodies, **kwargs):
        answers = [base.response(body, **kwargs) for body in bodies]
        self.compute.get.side_effect = answers

    def test_pages(self):
        self.answer(FIRST, LAST)
        self.assertEqual([1, 2], self.client.hosts('h0'))
        self.assertEqual(
            [
                mock.call('/vgpus/hosts', params={'marker': 'h0'}),
                mock.call(
                    '/vgpus/hosts', params={'limit': '1', 'marker': 'h1'}
                ),
            ],
            self.compute.get.mock_calls,
        )

    def test_limit(self):
        self.answer(FIRST)
        self.assertEqual([1], self.client.hosts(limit=1))

    def test_host(self):
        self.answer({'host': {'host': 'a/b'}})
        self.assertEqual({'host': 'a/b'}, self.client.host('a/b'))
        self.compute.get.assert_called_once_with('/vgpus/hosts/a%2Fb')

    def error(self, body, status):
        self.answer(body, status=status)
        return str(
            self.assertRaises(exceptions.CommandError, self.client.models)
        )

    def test_sentence_of_an_error(self):
        fault = {'forbidden': {'code': 403, 'message': 'Not for you.'}}
        self.assertEqual('Not for you.', self.error(fault, 403))

    def test_resource_that_is_not_there(self):
        for body in ('', '<html>', '[]', '{}', '{"a": 1}'):
            self.assertIn('api-paste.ini', self.error(body, 404))

    def test_error_without_a_sentence(self):
        self.assertEqual(
            'The cloud answered 502 Of Course.', self.error('<html>', 502)
        )
