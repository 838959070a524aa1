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

import webob

from nova_vgpu_ext.sandbox import image
from tests.unit.sandbox import base


class ImageTest(base.SandboxTestCase):
    def setUp(self):
        super().setUp()
        self.start()

    def start(self):
        files = self.layout.images, self.layout.image_files
        self.app = image.Image(*files)

    def ask(self, path, method='GET', **options):
        request = webob.Request.blank(path, method=method, **options)
        return request.get_response(self.app)

    def create(self, **fields):
        return self.ask('/v2/images', 'POST', json=fields).json['id']

    def names(self, query):
        images = self.ask(f'/v2/images?{query}').json['images']
        return [each['name'] for each in images]

    def test_cirros_is_there(self):
        shown = self.ask(f'/v2/images/{image.CIRROS_ID}').json
        self.assertEqual('cirros', shown['name'])
        self.assertEqual('active', shown['status'])

    def test_list(self):
        other = self.create(name='other')
        self.assertEqual(['cirros', 'other'], self.names(''))
        self.assertEqual(['cirros'], self.names('name=cirros'))
        self.assertEqual([], self.names('name=none'))
        both = f'{other},{image.CIRROS_ID}'
        self.assertEqual(['cirros', 'other'], self.names(f'id=in:{both}'))
        self.assertEqual(['cirros', 'other'], self.names('limit=5'))

    def test_snapshot(self):
        made = self.create(name='snapshot', visibility='private')
        path = f'/v2/images/{made}/file'
        response = self.ask(path, 'PUT', body=b'x' * 3)
        self.assertEqual(204, response.status_int)
        shown = self.ask(f'/v2/images/{made}').json
        self.assertEqual(('active', 3), (shown['status'], shown['size']))
        self.start()
        self.assertEqual(b'x' * 3, self.ask(path).body)
        self.ask(f'/v2/images/{made}', 'DELETE')
        self.assertEqual([], list(self.layout.image_files.iterdir()))

    def test_cirros_is_raw_zeros_of_its_size(self):
        path = f'/v2/images/{image.CIRROS_ID}'
        shown = self.ask(path).json
        self.assertEqual('raw', shown['disk_format'])
        self.assertEqual(bytes(shown['size']), self.ask(f'{path}/file').body)

    def test_image_without_data(self):
        made = self.create(name='queued')
        response = self.ask(f'/v2/images/{made}/file')
        self.assertEqual((200, b''), (response.status_int, response.body))

    def test_delete(self):
        path = f'/v2/images/{self.create(name="other")}'
        self.assertEqual(204, self.ask(path, 'DELETE').status_int)
        self.assertEqual(404, self.ask(path, 'DELETE').status_int)
        self.assertEqual(404, self.ask(path).status_int)

    def test_change_properties(self):
        path = f'/v2/images/{image.CIRROS_ID}'
        steps = [
            {'op': 'add', 'path': '/trait:CUSTOM_VGPU', 'value': 'required'},
            {'op': 'add', 'path': '/a~1b~01', 'value': 'c'},
            {'op': 'replace', 'path': '/min_ram', 'value': 5},
        ]
        shown = self.ask(path, 'PATCH', json=steps).json
        self.assertEqual('required', shown['trait:CUSTOM_VGPU'])
        self.assertEqual('c', shown['a/b~1'])
        self.assertEqual(5, shown['min_ram'])
        steps = [{'op': 'remove', 'path': '/trait:CUSTOM_VGPU'}]
        self.assertNotIn(
            'trait:CUSTOM_VGPU', self.ask(path, 'PATCH', json=steps).json
        )

    def test_absent_image(self):
        for method, path in (
            ('PATCH', '/v2/images/none'),
            ('PUT', '/v2/images/none/file'),
            ('GET', '/v2/images/none/file'),
        ):
            options = {'json': []} if method == 'PATCH' else {}
            response = self.ask(path, method, **options)
            self.assertEqual(404, response.status_int)

    def test_kept_over_a_restart(self):
        self.create(name='other')
        self.start()
        self.assertEqual(['cirros', 'other'], self.names(''))

    def test_versions(self):
        response = self.ask('/')
        self.assertEqual(300, response.status_int)
        link = response.json['versions'][0]['links'][0]['href']
        self.assertEqual('http://localhost/v2/', link)

    def test_schema_tells_base_properties_from_others(self):
        known = self.ask('/v2/schemas/image').json['properties']
        self.assertIn('id', known)
        self.assertNotIn('trait:CUSTOM_VGPU', known)

    def test_no_members(self):
        path = f'/v2/images/{image.CIRROS_ID}/members'
        self.assertEqual([], self.ask(path).json['members'])
