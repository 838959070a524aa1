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

"""Who sees what."""

import fixtures
import webob
from keystonemiddleware import auth_token
from nova.api import wsgi

from nova_vgpu_ext.api import application
from tests.functional.api import base

K260Q = 'GRID K260Q'
KEYSTONE = {'www_authenticate_uri': 'http://keystone.example.org'}
HOST = 'host-of-many-gpus'
NOTHING = dict.fromkeys([action for *_, action in application.ROUTES], 403)
ALL = dict.fromkeys(NOTHING, 200)


class RolesTest(base.APITestCase):
    def setUp(self):
        super().setUp()
        self.start_host(HOST, 'GRID K2')
        self.gpu_flavor = self.flavor({f'vgpus:{K260Q}': '1'})
        self.server = self.boot(self.gpu_flavor)

    def answers(self, **who):
        """{action: answer} of each route."""
        explain = {'explain': {'flavor': self.gpu_flavor}}
        return {
            action: self.ask(
                '/vgpus' + path.format(host=HOST),
                body=explain if method == 'POST' else None,
                **who,
            )
            for method, path, action in application.ROUTES
        }

    def statuses(self, **who):
        return {
            action: answer.status_int
            for action, answer in self.answers(**who).items()
        }

    def test_administrators_see_all(self):
        self.assertEqual(ALL, self.statuses())
        for action, answer in self.answers().items():
            sees_host = HOST in answer.text
            self.assertEqual(action != 'index', sees_host, action)
            sees_server = self.server['id'] in answer.text
            self.assertEqual(action == 'show_host', sees_server, action)

    def test_users_see_the_summary(self):
        summary = {**NOTHING, 'index': 200}
        for role in ('member', 'reader'):
            for project in (base.PROJECT, base.OTHER_PROJECT):
                self.assertEqual(
                    summary, self.statuses(role=role, project=project)
                )

    def test_others_see_nothing(self):
        self.assertEqual(NOTHING, self.statuses(role='other'))

    def test_summary_is_the_same_for_all_projects(self):
        seen = {
            self.ask('/vgpus', role=role, project=project).text
            for role in ('admin', 'member', 'reader')
            for project in (base.PROJECT, base.OTHER_PROJECT)
        }
        self.assertEqual(1, len(seen), seen)

    def test_no_host_and_no_server_for_users(self):
        """In no answer to anybody but administrators, be it a refusal."""
        (node,) = self.computes[HOST].rt.compute_nodes.values()
        pgpus = [pgpu.id for pgpu in node.vgpus.pgpus]
        secrets = HOST, self.server['id'], self.server['name'], node.uuid
        for role in ('member', 'reader', 'other'):
            for project in (base.PROJECT, base.OTHER_PROJECT):
                answers = self.answers(role=role, project=project)
                for answer in answers.values():
                    seen = answer.text + str(answer.headers)
                    for secret in (*secrets, *pgpus):
                        self.assertNotIn(secret, seen)

    def test_refusal_does_not_tell_which_hosts_there_are(self):
        refusals = {
            self.refused(403, f'/vgpus/hosts/{host}', role='reader')
            for host in (HOST, 'nowhere')
        }
        self.assertEqual(1, len(refusals))


class NoTokenTest(base.APITestCase):
    """With Keystone's own filter, which knows that there is no token."""

    def test_each_route(self):
        self.start_host(HOST, 'GRID K2')
        app = self.with_keystone()
        for method, path, _ in application.ROUTES:
            request = webob.Request.blank('/v2.1/vgpus' + path, method=method)
            answer = request.get_response(app)
            self.assertEqual(401, answer.status_int)
            self.assertNotIn(HOST, answer.text)

    def with_keystone(self):
        """Nova's API, not with the stub that the fixture has for tests."""
        self.useFixture(
            fixtures.MockPatchObject(
                auth_token,
                'filter_factory',
                lambda conf: (
                    lambda app: auth_token.AuthProtocol(app, KEYSTONE)
                ),
            )
        )
        directory = self.useFixture(fixtures.TempDir()).path
        path = base.paste_file(directory)
        return wsgi.Loader(path).load_app('osapi_compute')
