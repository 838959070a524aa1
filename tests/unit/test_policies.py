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

"""Who may see what, unless policy.yaml says otherwise."""

from nova import context
from nova import policy
from nova import test
from nova.tests.fixtures import policy as policy_fixtures
from oslo_config import cfg
from oslo_policy import opts

from nova_vgpu_ext import policies


class PoliciesTest(test.NoDBTestCase):
    def setUp(self):
        super().setUp()
        # As is Nova's default. Placement's fixture changes it for a process.
        opts.set_defaults(cfg.CONF, enforce_new_defaults=True)
        self.policy = self.useFixture(policy_fixtures.RealPolicyFixture())
        policies.register()

    def may(self, *roles):
        """The rules that let somebody with these roles."""
        somebody = context.RequestContext('user', 'project', roles=roles)
        return {
            rule.name
            for rule in policies.RULES
            if somebody.can(rule.name, fatal=False)
        }

    def test_defaults(self):
        every = {rule.name for rule in policies.RULES}
        self.assertEqual(every, self.may('admin', 'member', 'reader'))
        self.assertEqual({policies.INDEX}, self.may('member', 'reader'))
        self.assertEqual({policies.INDEX}, self.may('reader'))
        self.assertEqual(set(), self.may('other'))

    def test_policy_file_wins(self):
        self.policy.set_rules({policies.SHOW_HOST: '@'}, overwrite=False)
        self.assertIn(policies.SHOW_HOST, self.may('other'))

    def test_registered_once(self):
        policies.register()
        registered = policy._ENFORCER.registered_rules
        for rule in policies.list_rules():
            self.assertEqual(rule, registered[rule.name])

    def test_documented(self):
        for rule in policies.list_rules():
            self.assertEqual(['project'], rule.scope_types)
            self.assertTrue(rule.operations[0]['path'].startswith('/vgpus'))
