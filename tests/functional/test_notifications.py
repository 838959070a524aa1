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

"""Billing hears of vGPUs: Nova's notifications have the flavor's keys."""

from tests.functional import base

K260Q = 'GRID K260Q'
ONE = {f'vgpus:{K260Q}': '1'}
TWO = {f'vgpus:{K260Q}': '2'}


class NotificationsTest(base.VGPUTestCase):
    def setUp(self):
        super().setUp()
        # Each change of a state is told too.
        self.flags(
            notify_on_state_change='vm_and_task_state', group='notifications'
        )
        self.flags(allow_resize_to_same_host=True)
        self.start_host('h1', 'GRID K2')

    def told(self, event, server):
        """What was told last of an event of a server."""
        payloads = [
            told['payload']['nova_object.data']
            for told in self.notifier.versioned_notifications
            if told['event_type'] == event
        ]
        uuids = [payload['uuid'] for payload in payloads]
        self.assertIn(server['id'], uuids, event)
        return payloads[::-1][uuids[::-1].index(server['id'])]

    def extra_specs(self, event, server):
        """Those of the flavor that an event names; it may yet come."""
        payload = self.in_time(lambda: self.told(event, server))
        return payload['flavor']['nova_object.data']['extra_specs']

    def test_life_of_an_instance(self):
        server = self.boot(self.flavor(ONE))
        self._stop_server(server)
        self._start_server(server)
        self._delete_server(server)
        for event in (
            'instance.create.start',
            'instance.create.end',
            'instance.power_off.end',
            'instance.power_on.end',
            'instance.update',
            'instance.delete.start',
            'instance.delete.end',
        ):
            self.assertEqual(ONE, self.extra_specs(event, server), event)

    def test_resize(self):
        server = self.boot(self.flavor(ONE))
        self._resize_server(server, self.flavor(TWO))
        self.assertEqual(
            TWO, self.extra_specs('instance.resize_finish.end', server)
        )
        self._confirm_resize(server)
        self.assertEqual(
            TWO, self.extra_specs('instance.resize_confirm.end', server)
        )

    def test_shelve_and_unshelve(self):
        server = self.boot(self.flavor(ONE))
        self._shelve_server(server)
        self._unshelve_server(server)
        for event in ('instance.shelve_offload.end', 'instance.unshelve.end'):
            self.assertEqual(ONE, self.extra_specs(event, server), event)

    def test_exists(self):
        """What is told of each instance in each period of usage."""
        server = self.boot(self.flavor(ONE))
        self._rebuild_server(server, '155d900f-4e14-4e4c-a73d-069cbf4541e6')
        self.assertEqual(ONE, self.extra_specs('instance.exists', server))

    def test_each_form_of_request(self):
        for extra_specs in (
            {f'capabilities:vgpus:{K260Q}': '> 0'},
            {'resources:CUSTOM_VGPU_GRID_K260Q': '1'},
            {'vgpus:GRID K2 passthrough': '1'},
        ):
            server = self.boot(self.flavor(extra_specs))
            self.assertEqual(
                extra_specs, self.extra_specs('instance.create.end', server)
            )
            self._delete_server(server)
