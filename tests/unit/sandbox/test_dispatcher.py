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
from oslotest import base

from nova_vgpu_ext.sandbox import dispatcher


def echo(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    text = f'{environ["SCRIPT_NAME"]}|{environ["PATH_INFO"]}'
    return [text.encode()]


class DispatcherTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.app = dispatcher.Dispatcher()
        self.app.mount('compute', echo)

    def ask(self, path):
        return webob.Request.blank(path).get_response(self.app)

    def test_service_sees_its_own_paths(self):
        self.assertEqual('/compute|/v2.1/servers', self.text('/v2.1/servers'))
        self.assertEqual('/compute|/', self.text('/'))
        self.assertEqual('/compute|', self.text(''))

    def text(self, path):
        return self.ask(f'/compute{path}').text

    def test_unknown_service(self):
        for path in ('/', '/computes', '/image/v2'):
            response = self.ask(path)
            self.assertEqual(404, response.status_int)
            self.assertIn('No such service', response.text)
