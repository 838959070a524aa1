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

from nova_vgpu_ext.sandbox import empty
from nova_vgpu_ext.sandbox import identity


def ask(app, path):
    return webob.Request.blank(path).get_response(app)


@ddt.ddt
class EmptyTest(base.BaseTestCase):
    @ddt.data(
        ('/v2.0/networks', 'networks'),
        ('/v2.0/ports?device_id=x', 'ports'),
        ('/v2.0/security-groups', 'security_groups'),
    )
    @ddt.unpack
    def test_no_networks(self, path, name):
        self.assertEqual({name: []}, ask(empty.Network(), path).json)

    @ddt.data(
        ('/v3/volumes', 'volumes'),
        ('/v3/volumes/detail', 'volumes'),
        (f'/v3/{identity.PROJECT_ID}/volumes/detail', 'volumes'),
        (f'/v3/{identity.PROJECT_ID}/snapshots', 'snapshots'),
    )
    @ddt.unpack
    def test_no_volumes(self, path, name):
        self.assertEqual({name: []}, ask(empty.BlockStorage(), path).json)

    def test_network_versions(self):
        versions = ask(empty.Network(), '/').json['versions']
        self.assertEqual('v2.0', versions[0]['id'])
        resources = ask(empty.Network(), '/v2.0/').json
        self.assertEqual({'resources': []}, resources)

    @ddt.data('/', '/v3')
    def test_volume_versions(self, path):
        versions = ask(empty.BlockStorage(), path).json['versions']
        self.assertEqual('v3.0', versions[0]['id'])

    def test_nothing_can_be_made(self):
        request = webob.Request.blank('/v2.0/networks', method='POST')
        response = request.get_response(empty.Network())
        self.assertEqual(404, response.status_int)

    def test_head_is_answered_like_get(self):
        request = webob.Request.blank('/v2.0/networks', method='HEAD')
        response = request.get_response(empty.Network())
        self.assertEqual(200, response.status_int)
