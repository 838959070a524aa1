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

"""What else decides where instances go."""

from tests.functional.paths import drivers
from tests.functional.paths.models import A16_4Q
from tests.functional.paths.models import A16_16Q
from tests.functional.paths.models import K260Q
from tests.functional.paths.refusals import Refused


class SchedulingPaths:
    """Server groups and disabled hosts"""

    def group(self, policy):
        group = {'name': policy, 'policy': policy}
        made = self.api.post_server_groups(group)
        return {'hints': {'group': made['id']}}

    def assert_no_host(self, wanted, **kwargs):
        error = self.assertRaises(
            Refused, self.boot_with, wanted, None, **kwargs
        )
        self.assertIn('No valid host was found', error.sentence)
        self.assert_audit_changes_nothing()

    def test_anti_affinity(self):
        """A server group whose members must be on different hosts"""
        group = self.group('anti-affinity')
        servers = [self.boot_with({K260Q: 1}, None, **group) for _ in 'ab']
        self.assertEqual({'h1', 'h2'}, set(map(self.host_of, servers)))
        self.assert_no_host({K260Q: 1}, **group)

    def test_affinity(self):
        """A server group whose members must be on one host, till it is full"""
        group = self.group('affinity')
        servers = [
            self.boot_with(wanted, None, **group)
            for wanted in ({A16_16Q: 3}, {A16_4Q: 1}, {K260Q: 1})
        ]
        self.assertEqual(1, len(set(map(self.host_of, servers))))
        self.assert_no_host({A16_16Q: 1}, **group)

    def test_disabled_host(self):
        """A disabled host gets no more; what is there goes on"""
        server = self.boot_with({K260Q: 1})
        (service,) = self.api.get_services(binary='nova-compute', host='h1')
        self.api.put_service(service['id'], {'status': 'disabled'})
        self.assertEqual('h2', self.host_of(self.boot_with({K260Q: 1}, None)))
        self.act(server, 'os-stop', status='SHUTOFF')
        self.keeps(server, 'h1', {K260Q: 1})
        self.act(server, 'os-start')
        self.holds(server, 'h1', {K260Q: 1})
        self.assert_audit_changes_nothing()
        self.delete(server)


class FakeSchedulingTest(SchedulingPaths, drivers.FakeCase):
    pass


class XenServerSchedulingTest(SchedulingPaths, drivers.XenServerCase):
    pass
