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
from unittest import mock

import webob
from oslotest import base

from nova_vgpu_ext.sandbox import errors
from nova_vgpu_ext.sandbox import identity
from nova_vgpu_ext.sandbox import paste

URL = 'http://127.0.0.1:1'


class PasteFileTest(base.BaseTestCase):
    def test_one_filter_is_exchanged_and_one_line_added(self):
        theirs = paste.packaged()
        ours = paste.adapted(theirs, URL)
        before, after = set(theirs.splitlines()), set(ours.splitlines())
        self.assertEqual(
            {
                'paste.filter_factory = '
                'keystonemiddleware.auth_token:filter_factory'
            },
            before - after,
        )
        self.assertEqual(
            {
                'paste.filter_factory = '
                'nova_vgpu_ext.sandbox.paste:filter_factory',
                f'url = {URL}',
                '/v2.1/vgpus: egg:nova-vgpu-ext#vgpus',
            },
            after - before,
        )

    def test_other_file(self):
        for lacking in ('auth_token:filter_factory', 'osapi_compute]'):
            text = paste.packaged().replace(lacking, 'x')
            error = self.assertRaises(
                errors.SandboxError, paste.adapted, text, URL
            )
            self.assertIn("Nova's api-paste.ini doesn't have", str(error))

    @mock.patch('importlib.metadata.files', return_value=None)
    def test_no_file(self, files):
        error = self.assertRaises(errors.SandboxError, paste.packaged)
        self.assertIn('api-paste.ini is missing', str(error))


class AuthenticationTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.seen = {}
        self.filter = paste.filter_factory({}, url=URL)(self.app)

    def app(self, environ, start_response):
        self.seen = webob.Request(environ).headers
        start_response('200 OK', [])
        return [b'']

    def ask(self, headers):
        request = webob.Request.blank('/servers', headers=headers)
        return request.get_response(self.filter)

    def test_token_opens(self):
        response = self.ask({'X-Auth-Token': identity.TOKEN})
        self.assertEqual(200, response.status_int)
        self.assertEqual(identity.PROJECT_ID, self.seen['X-Project-Id'])
        self.assertEqual('admin,member,reader,service', self.seen['X-Roles'])
        catalog = json.loads(self.seen['X-Service-Catalog'])
        self.assertEqual(identity.catalog_for_nova(URL), catalog)

    def test_no_or_other_token(self):
        for headers in ({}, {'X-Auth-Token': 'x'}):
            self.assertEqual(401, self.ask(headers).status_int)
        self.assertEqual({}, self.seen)

    def test_forged_headers_are_replaced(self):
        self.ask({'X-Auth-Token': identity.TOKEN, 'X-Project-Id': 'other'})
        self.assertEqual(identity.PROJECT_ID, self.seen['X-Project-Id'])
