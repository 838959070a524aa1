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

"""Nova's API with our resource, as an operator adds it to the paste file."""

import json
import os
from unittest import mock

import fixtures
import webob
from oslo_policy import opts

from tests.functional import base

# The place of ours among the lines of the composite. Where the package is
# installed, "egg:nova-vgpu-ext#vgpus" says what the section does here.
COMPOSITE = 'use = call:nova.api.openstack.urlmap:urlmap_factory\n'
LINE = '/v2.1/vgpus: vgpus\n'
SECTION = """
[app:vgpus]
paste.app_factory = nova_vgpu_ext.api.paste:vgpus
"""

PROJECT = '6f70656e737461636b20342065766572'
OTHER_PROJECT = '6f70656e737461636b20342065766573'
ROLES = {
    'admin': 'admin,member,reader',
    'member': 'member,reader',
    'reader': 'reader',
    'other': 'other',
}


def paste_file(directory):
    """The path of Nova's own paste file with our line."""
    with open(base.PASTE_FILE) as stock:
        text = stock.read()
    path = os.path.join(directory, 'api-paste.ini')
    with open(path, 'w') as ours:
        ours.write(text.replace(COMPOSITE, COMPOSITE + LINE, 1) + SECTION)
    return path


class APITestCase(base.VGPUTestCase):
    """Asks the API in the role of somebody."""

    def setUp(self):
        # As is Nova's default. Placement, in the same process, changes it.
        opts.set_defaults(base.CONF, enforce_new_defaults=True)
        directory = self.useFixture(fixtures.TempDir()).path
        ours = paste_file(directory)
        with mock.patch.object(base, 'PASTE_FILE', ours):
            super().setUp()

    def ask(self, path, role='admin', project=PROJECT, body=None, **headers):
        """Nova's answer, as webob has it.

        :param path: below /v2.1
        :param body: what to POST as JSON; GET if None
        """
        asked = webob.Request.blank('/v2.1' + path)
        asked.headers.update(
            {
                'X-Auth-User': role,
                'X-Auth-Project-Id': project,
                'X-Roles': ROLES[role],
                **headers,
            }
        )
        if body is not None:
            asked.method = 'POST'
            asked.content_type = 'application/json'
            asked.body = json.dumps(body).encode()
        return asked.get_response(self.api_fixture.app())

    def get(self, path, **kwargs):
        """The body of the answer to a request that succeeds."""
        answer = self.ask(path, **kwargs)
        self.assertEqual(200, answer.status_int, answer.text)
        return answer.json

    def refused(self, status, path, **kwargs):
        """The sentence with which a request is refused."""
        answer = self.ask(path, **kwargs)
        self.assertEqual(status, answer.status_int, answer.text)
        ((_, fault),) = answer.json.items()
        self.assertEqual(status, fault['code'])
        return fault['message']

    def explain(self, flavor, **asked):
        asked['flavor'] = flavor
        return self.get('/vgpus/explain', body={'explain': asked})['explain']

    def fits(self, flavor, **asked):
        """{host: why not, or None}"""
        return {
            one['host']: one['reason']
            for one in self.explain(flavor, **asked)['hosts']
        }
