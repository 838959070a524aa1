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

"""Steps of paths, and the check of the books after each."""

import contextlib
import threading
import time
from unittest import mock

from nova.tests.functional.api import client

from tests.functional.paths import books
from tests.functional.paths import models
from tests.functional.paths.refusals import Refused

PATIENCE = 60  # seconds; machines may be busy


class StepsMixin(books.BooksMixin):
    """Hosts, and what can be done to instances there."""

    hosts = ('h1', 'h2')
    # The sentence with which the driver refuses the path, if it does.
    refusal = None

    def setUp(self):
        super().setUp()
        self._flavors = {}
        for host in self.hosts:
            self.add_host(host)

    def _wait_for_server_parameter(self, server, expected_params, *_, **__):
        """As Nova's, without half a second between two looks."""
        return self.wait(
            lambda: self._with_parameters(server, expected_params)
        )

    def _with_parameters(self, server, expected):
        seen = self.api.get_server(server['id'])
        fits = all(seen[key] == value for key, value in expected.items())
        # Nova records the fault after the state.
        faulty = expected.get('status') == 'ERROR'
        return fits and (not faulty or 'fault' in seen) and seen

    def wait(self, look):
        """Wait until a function gives something; give it back."""
        # Not by the clock: a busy machine may not let us look for long.
        for _ in range(PATIENCE * 10):
            if found := look():
                return found
            time.sleep(0.1)
        self.fail('Nothing has happened for too long.')

    # Making servers

    def flavor_of(self, wanted):
        """The id of the flavor with these vGPUs."""
        key = tuple(sorted(wanted.items()))
        if key not in self._flavors:
            self._flavors[key] = self.flavor(models.extra_specs(wanted))
        return self._flavors[key]

    def post(self, wanted, host=None, hints=None, **parts):
        """Ask for a server, or for several.

        :param wanted: {model: count}
        :param parts: of the request's body
        """
        server = self._build_server(
            image_uuid=self.image,
            flavor_id=self.flavor_of(wanted),
            networks='none',
            host=host,
        )
        body = {'server': {**server, **parts}}
        if hints:
            body['os:scheduler_hints'] = hints
        return self.api.post_server(body)

    def boot_with(self, wanted, host='h1', **kwargs):
        """Boot a server, which holds what it asks for.

        :raises Refused: if it becomes no ACTIVE server
        """
        tables = self.tables()
        server = self.post(wanted, host, **kwargs)
        self.wait(lambda: self.status(server) != 'BUILD')
        if self.status(server) != 'ACTIVE':
            server = self._wait_for_state_change(server, 'ERROR')
            self.gone(server)
            raise Refused(server['fault']['message'], None, tables)
        self.holds(server, self.host_of(server), wanted)
        return server

    def status(self, server):
        return self.api.get_server(server['id'])['status']

    def told(self, server):
        """Why a server is in ERROR."""
        return self.api.get_server(server['id'])['fault']['message']

    # Doing things to servers

    def act(self, server, action, arguments=None, status='ACTIVE', until=None):
        """Let a server do something, and wait until it is done.

        :param status: what the server is to be then
        :param until: a function that tells when to go on, in place of that
        :raises Refused: if it becomes something else
        """
        before = self.api.get_server(server['id'])
        tables = self.tables()
        try:
            self.api.post_server_action(server['id'], {action: arguments})
        except client.OpenStackApiException as error:
            (body,) = error.response.json().values()
            raise Refused(body['message'], before, tables) from None
        outcome = self.wait(lambda: self._result_of(server, status, until))
        if outcome is not True:
            raise Refused(outcome, before, tables)
        return self.api.get_server(server['id'])

    def _result_of(self, server, status, until):
        """What has come of the last action on a server.

        :returns: None as long as it goes on, True if all is well, or what
            the user is told if it isn't
        """
        seen = self.api.get_server(server['id'])
        idle = seen['OS-EXT-STS:task_state'] is None
        events = self.last_events(server) if idle else ()
        failed = [e for e in events if e['result'] == 'Error']
        if failed:
            return failed[-1]['details']
        if until:
            return until() or None
        over = idle and all(event['finish_time'] for event in events)
        return (over and seen['status'] == status) or None

    def last_events(self, server):
        """Of the last action on a server, the oldest first."""
        action = self.api.get_instance_actions(server['id'])[0]
        details = self.api.get_instance_action_details(
            server['id'], action['request_id']
        )
        return sorted(details['events'], key=lambda e: e['start_time'])

    def fails(self, server, action, arguments=None, status='ERROR'):
        """Let a server try something that ends badly.

        :param status: what the server is to be then
        :returns: what the user is told
        """
        error = self.assertRaises(
            Refused, self.act, server, action, arguments, 'none'
        )
        if error.sentence == self.refusal:
            raise error
        self.assertEqual(status, self.status(server))
        return error.sentence

    def delete(self, server):
        self.api.delete_server(server['id'])
        self.vanishes(server)

    def vanishes(self, server):
        """Wait until a server is gone; it holds nothing any more."""
        self.wait(lambda: self._is_gone(server))
        self.gone(server)

    def _is_gone(self, server):
        try:
            self.api.get_server(server['id'])
        except client.OpenStackApiNotFoundException:
            return True
        return False

    @contextlib.contextmanager
    def failing(self, host, method, error=RuntimeError):
        """Let a method of a host's driver fail."""
        with mock.patch.object(self.driver(host), method, side_effect=error):
            yield

    @contextlib.contextmanager
    def held_up(self, host, method):
        """Let a method of a host's driver wait until this ends.

        :returns: an event that is set once the method is called
        """
        go, called = threading.Event(), threading.Event()
        original = getattr(self.driver(host), method)

        def wait(*args, **kwargs):
            called.set()
            go.wait(PATIENCE)
            return original(*args, **kwargs)

        with mock.patch.object(self.driver(host), method, wait):
            try:
                yield called
            finally:
                go.set()

    # Hosts

    def fall(self, host):
        """Let nova-compute be away, and Nova know it."""
        self._force_down(host, True)
        self.computes.pop(host).stop()

    def come_back(self, host):
        self.add_host(host)
        self._force_down(host, False)

    def _force_down(self, host, down):
        (service,) = self.api.get_services(binary='nova-compute', host=host)
        self.api.put_service_force_down(service['id'], down)

    def restart(self, *hosts):
        """Stop nova-compute and start another for the same host."""
        for host in hosts or tuple(self.computes):
            self.computes[host].stop()
            self.add_host(host)

    def assert_as_before(self, refusal):
        """Nothing has changed by what was refused."""
        if refusal.seen is not None:
            server = self.api.get_server(refusal.seen['id'])
            for key in ('status', 'OS-EXT-SRV-ATTR:host'):
                self.assertEqual(refusal.seen[key], server[key])
        self.assertEqual(refusal.tables, self.tables())
        self.audit()
        self.assert_books()
