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

import ddt
import webob
from oslotest import base

from nova_vgpu_ext.sandbox import identity

URL = 'http://127.0.0.1:1'


def login(**project):
    user = {'name': 'somebody', 'password': 'any'}
    auth = {'identity': {'methods': ['password'], 'password': {'user': user}}}
    if project:
        auth['scope'] = {'project': project}
    return {'auth': auth}


@ddt.ddt
class IdentityTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.app = identity.Identity(URL)

    def ask(self, path, **options):
        return webob.Request.blank(path, **options).get_response(self.app)

    def log_in(self, body):
        return self.ask('/v3/auth/tokens', method='POST', json=body)

    @ddt.data(
        {},
        {'name': identity.PROJECT, 'domain': {'id': 'default'}},
        {'id': identity.PROJECT_ID},
    )
    def test_log_in(self, project):
        response = self.log_in(login(**project))
        self.assertEqual(201, response.status_int)
        self.assertEqual('admin', response.headers['X-Subject-Token'])
        token = response.json['token']
        self.assertEqual('somebody', token['user']['name'])
        self.assertEqual('demo', token['project']['name'])
        self.assertEqual(identity.catalog(URL), token['catalog'])

    def test_log_in_unscoped(self):
        body = login()
        body['auth']['scope'] = 'unscoped'
        self.assertEqual(201, self.log_in(body).status_int)

    def test_log_in_other_project(self):
        response = self.log_in(login(name='other'))
        self.assertEqual(401, response.status_int)
        self.assertIn('demo only', response.json['error']['message'])

    @ddt.data({}, {'auth': []}, [], {'auth': {'identity': 1}})
    def test_log_in_malformed(self, body):
        self.assertEqual(400, self.log_in(body).status_int)

    def test_show_token(self):
        headers = {'X-Subject-Token': 'admin'}
        response = self.ask('/v3/auth/tokens', headers=headers)
        self.assertEqual(200, response.status_int)
        response = self.ask('/v3/auth/tokens')
        self.assertEqual(404, response.status_int)

    def test_log_out(self):
        response = self.ask('/v3/auth/tokens', method='DELETE')
        self.assertEqual((204, b''), (response.status_int, response.body))

    def test_versions(self):
        listed = self.ask('/')
        self.assertEqual(300, listed.status_int)
        shown = self.ask('/v3/').json['version']
        self.assertEqual([shown], listed.json['versions']['values'])
        self.assertEqual(f'{URL}/identity/v3/', shown['links'][0]['href'])

    def test_projects(self):
        for path, names in (
            ('/v3/projects', ['demo']),
            ('/v3/auth/projects', ['demo']),
            ('/v3/projects?name=demo', ['demo']),
            ('/v3/projects?name=other', []),
        ):
            projects = self.ask(path).json['projects']
            self.assertEqual(names, [p['name'] for p in projects])
        path = f'/v3/projects/{identity.PROJECT_ID}'
        self.assertEqual('demo', self.ask(path).json['project']['name'])
        self.assertEqual(404, self.ask('/v3/projects/other').status_int)

    def test_unknown_path(self):
        response = self.ask('/v3/limits')
        self.assertEqual(404, response.status_int)
        self.assertIn('/v3/limits', response.json['error']['message'])

    def test_catalog_has_all_services_below_one_url(self):
        for service in self.ask('/v3/auth/catalog').json['catalog']:
            for endpoint in service['endpoints']:
                self.assertTrue(endpoint['url'].startswith(f'{URL}/'))

    def test_both_catalogs_agree(self):
        theirs = {
            entry['type']: entry['endpoints'][0]['publicURL']
            for entry in identity.catalog_for_nova(URL)
        }
        ours = {
            entry['type']: entry['endpoints'][0]['url']
            for entry in identity.catalog(URL)
        }
        self.assertEqual(ours, theirs)
