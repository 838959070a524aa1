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

"""What a user reads whose server got no vGPU."""

from tests.functional import base

K260Q = 'GRID K260Q'
SHORT = f'There are not enough vGPUs: 1 x {K260Q}.'
NO_HOST = 'No valid host was found.'


class ReasonsMixin:
    """One host with room for four, taken but for one."""

    def setUp(self):
        super().setUp()
        self.flags(claim_in_placement=self.in_placement, group='vgpus')
        self.start_host('h1', 'GRID K2')
        self.one = self.flavor({f'vgpus:{K260Q}': '1'})
        for _ in range(3):
            self.boot(self.one)

    def fault(self, flavor=None, **kwargs):
        server = self.boot(flavor or self.one, 'ERROR', **kwargs)
        self.assertEqual(
            {}, self._get_allocations_by_server_uuid(server['id'])
        )
        return server['fault']['message']

    def test_one_server(self):
        self.boot(self.one)
        self.assertEqual(f'{NO_HOST} {SHORT}', self.fault())

    def test_form_of_the_flavor(self):
        self.boot(self.one)
        for spec, value in (
            (f'capabilities:vgpus:{K260Q}', '> 0'),
            ('resources:CUSTOM_VGPU_GRID_K260Q', '1'),
        ):
            self.assertIn(
                'not enough vGPUs: 1 x', self.fault(self.flavor({spec: value}))
            )

    def test_several_servers_in_one_request(self):
        self.boot_many_or_none(2)
        for server in self.servers('ERROR'):
            self.assertEqual(
                f'{NO_HOST} There are not enough vGPUs for each of 2 '
                f'instances: 1 x {K260Q}.',
                self.api.get_server(server['id'])['fault']['message'],
            )
        self.assertEqual(2, len(self.servers('ERROR')))
        self.assertEqual(1, self.free('h1', K260Q))
        self.boot(self.one)

    def boot_many_or_none(self, count):
        server = self._build_server(flavor_id=self.one, networks='none')
        server.update(min_count=count, max_count=count)
        self.api.post_server({'server': server})
        for server in self.servers('BUILD'):
            self._wait_for_state_change(server, 'ERROR')

    def servers(self, status):
        return [
            server
            for server in self.api.get_servers()
            if server['status'] == status
        ]

    def test_model_that_no_host_has(self):
        flavor = self.flavor({'vgpus:GRID K260X': '1'})
        self.assertEqual(
            f'{NO_HOST} There are not enough vGPUs: 1 x GRID K260X.',
            self.fault(flavor),
        )

    def test_something_else_is_short(self):
        huge = self._create_flavor(
            disk=10**8, extra_spec={f'vgpus:{K260Q}': '1'}
        )
        self.assertNotIn('vGPU', self.fault(huge))
        self.boot(self.one)
        self.assertNotIn('vGPU', self.fault(huge))

    def test_zone_without_hosts(self):
        self.start_host('h2')
        aggregate = self.api.post_aggregate(
            {'aggregate': {'name': 'z', 'availability_zone': 'z'}}
        )
        self.api.add_host_to_aggregate(aggregate['id'], 'h2')
        self.assertEqual(f'{NO_HOST} {SHORT}', self.fault(az='z'))
        self.computes['h2'].stop()
        self.api.put_service_force_down(
            self.api.get_services(host='h2', binary='nova-compute')[0]['id'],
            True,
        )
        self.assertNotIn('vGPU', self.fault(az='z'))

    def test_counts(self):
        self.flags(expose_counts=True, group='vgpus')
        self.assertEqual(
            f'{NO_HOST} There are not enough vGPUs: 2 x {K260Q}; no host has '
            f'more free than 1 x {K260Q}.',
            self.fault(self.flavor({f'vgpus:{K260Q}': '2'})),
        )

    def test_hosts_are_not_told(self):
        self.boot(self.one)
        server = self.boot(self.one, 'ERROR')
        self.assertNotIn('h1', server['fault']['message'])

    def test_last_host_refuses(self):
        """There is no host left to try, after the claim failed."""
        self.start_host('h2', 'GRID K2')
        for _ in range(5):
            self.boot(self.one)
        with self.hasty_scheduler():
            self.assertEqual(
                'Exceeded maximum number of retries. The last host refused: '
                f'not enough vGPUs: 1 x {K260Q}.',
                self.fault().partition(' Exhausted')[0],
            )

    def test_resize(self):
        self.flags(allow_resize_to_same_host=True)
        server = self.boot(self.one)
        four = self.flavor({f'vgpus:{K260Q}': '4'})
        resize = {'resize': {'flavorRef': four}}
        self.api.post_server_action(server['id'], resize)
        self._wait_for_action_fail_completion(
            server, 'resize', 'conductor_migrate_server'
        )
        self.assertIn(
            f'No valid host found for resize: not enough vGPUs: 4 x {K260Q}.',
            self.details_of_last_action(server),
        )

    def details_of_last_action(self, server):
        path = f'/servers/{server["id"]}/os-instance-actions'
        last = self.api.api_get(path).body['instanceActions'][0]
        path = f'{path}/{last["request_id"]}'
        action = self.api.api_get(path).body['instanceAction']
        return ' '.join(one.get('details') or '' for one in action['events'])


class ReasonsTest(ReasonsMixin, base.VGPUTestCase):
    """With vGPUs in Placement, which refuses."""

    in_placement = True


class FilterReasonsTest(ReasonsMixin, base.VGPUTestCase):
    """Without: the filter refuses."""

    in_placement = False
