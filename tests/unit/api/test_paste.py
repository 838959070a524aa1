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

"""From a line of api-paste.ini to the application."""

import os
from unittest import mock

import fixtures
import webob
from nova import test
from paste import deploy

from nova_vgpu_ext.api import application
from nova_vgpu_ext.api import paste

OURS = """
[composite:api]
use = call:nova.api.openstack.urlmap:urlmap_factory
/v2.1/vgpus: vgpus

[app:vgpus]
paste.app_factory = nova_vgpu_ext.api.paste:vgpus
"""
THEIRS = """
[composite:openstack_compute_api_v21]
use = call:nova.api.auth:pipeline_factory_v21
keystone = outer inner end

[filter:outer]
paste.filter_factory = tests.unit.api.test_paste:adds
what = outer

[filter:inner]
paste.filter_factory = tests.unit.api.test_paste:adds
what = inner

[app:end]
paste.app_factory = tests.unit.api.test_paste:end
"""


def adds(global_conf, what):
    """A filter that notes its name."""

    def wrap(app):
        def noted(environ, start_response):
            environ['seen'] = [*environ.get('seen', []), what]
            return app(environ, start_response)

        return noted

    return wrap


def app_of(text):
    """An application that says who it is and what the filters noted."""

    def app(environ, start_response):
        start_response('200 OK', [('Content-Type', 'text/plain')])
        said = text, environ['PATH_INFO'], *environ.get('seen', [])
        return [' '.join(said).encode()]

    return app


def end(global_conf):
    return app_of('theirs')


class PasteTest(test.NoDBTestCase):
    def setUp(self):
        super().setUp()
        directory = self.useFixture(fixtures.TempDir()).path
        self.path = os.path.join(directory, 'paste.ini')
        self.useFixture(
            fixtures.MockPatchObject(
                application, 'make', return_value=app_of('ours')
            )
        )

    def load(self, text):
        with open(self.path, 'w') as file:
            file.write(text)
        return deploy.loadapp(f'config:{self.path}', 'api')

    def assert_ours(self, app):
        for path, answer in (
            ('/v2.1/vgpus', 'ours  outer inner'),
            ('/v2.1/vgpus/hosts', 'ours /hosts outer inner'),
        ):
            response = webob.Request.blank(path).get_response(app)
            self.assertEqual(answer, response.text)

    def assert_refused(self, part, text):
        error = self.assertRaises(SystemExit, self.load, text)
        self.assertIn(part, str(error))
        self.assertIn(self.path, str(error))

    def test_same_filters_in_the_same_order(self):
        self.assert_ours(self.load(OURS + THEIRS))

    def test_composite_of_another_name(self):
        theirs = THEIRS.replace('openstack_compute_api_v21', 'own')
        self.assert_ours(self.load(OURS + 'beside = own\n' + theirs))

    def test_file_without_the_composite(self):
        self.assert_refused('[composite:openstack_compute_api_v21]', OURS)

    def test_something_else_of_that_name(self):
        theirs = THEIRS.replace('app:end', 'app:openstack_compute_api_v21')
        theirs = theirs.partition('[app')
        self.assert_refused('"beside =', OURS + ''.join(theirs[1:]))

    def test_no_file(self):
        error = self.assertRaises(SystemExit, paste.vgpus, {})
        self.assertIn('must be loaded from a file', str(error))


class NotInstalledTest(test.NoDBTestCase):
    @mock.patch('nova_vgpu_ext.extension.installed', return_value=False)
    def test_each_request_is_told(self, installed):
        app = application.make()
        for path in ('/', '/hosts', '/explain'):
            response = webob.Request.blank(path).get_response(app)
            self.assertEqual(503, response.status_int)
            message = response.json['serviceUnavailable']['message']
            self.assertIn('"config_source = vgpus" in [DEFAULT]', message)
