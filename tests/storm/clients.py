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

"""Clients that get in each other's way."""

import collections
import random
import threading
import time
import typing

from tests.storm import cloud

# Of all operations: those on any server, whether it makes sense or not, and
# those whose end the client doesn't wait for.
_BLIND = 0.15
_IMPATIENT = 0.3

# In a short storm, by chance, no operation of a kind may come through.
_MOST_TIMES = 2

_PATIENCE_SECONDS = 30
_LOOK_SECONDS = 0.3


class Sent(typing.NamedTuple):
    """An operation that a client asked for.

    :ivar server: uuid, None where none was made
    :ivar request: id of the request
    :ivar status: of the response
    :ivar text: of a response that is an error
    """

    kind: str
    server: str | None
    request: str
    status: int
    text: str


class Storm:
    """What all clients share.

    :ivar sent: what was asked for so far
    """

    def __init__(self, layout, kinds, flavors, operations):
        self.sent = []
        self._layout = layout
        self._kinds = kinds
        self._flavors = list(flavors)
        self._operations = operations
        self._begun = 0
        self._accepted = collections.Counter()
        self._lock = threading.Lock()

    def client(self, seed):
        """Do operations until all are done."""
        rng = random.Random(seed)
        api = cloud.API(self._layout)
        while self._take():
            sent = self._do(rng, api)
            with self._lock:
                self.sent.append(sent)
            if sent.status < 400 and rng.random() >= _IMPATIENT:
                _wait(api, sent.server)

    def end(self):
        """Let clients end after what they are at."""
        with self._lock:
            self._operations = 0

    def _take(self):
        """Is there more to do? Up to twice as much, until all kinds were."""
        with self._lock:
            most = self._operations
            if any(not self._accepted[kind] for kind in self._kinds):
                most *= _MOST_TIMES
            more = self._begun < most
            self._begun += more
            return more

    def _do(self, rng, api):
        kind, server = self._choose(rng, api.servers())
        method, path, body = kind.request(rng, self._flavors)
        response = api.call(method, path.format(server), body)
        accepted = response.status_code < 400
        with self._lock:
            self._accepted[kind] += accepted
        if accepted and kind.states is None:
            server = response.json()['server']['id']
        return Sent(
            kind.name,
            server,
            response.headers.get('x-openstack-request-id', ''),
            response.status_code,
            '' if accepted else response.text,
        )

    def _choose(self, rng, servers):
        """A kind, the rarer so far the rather, and a server for it."""
        blind = rng.random() < _BLIND
        suiting = {
            kind: [s['id'] for s in servers if blind or _suits(kind, s)]
            for kind in self._kinds
        }
        with self._lock:
            weights = {
                kind: kind.weight / (1 + self._accepted[kind])
                for kind in self._kinds
                if kind.states is None or suiting[kind]
            }
        (kind,) = rng.choices(list(weights), list(weights.values()))
        if kind.states is None:
            return kind, None
        return kind, rng.choice(suiting[kind])


def _suits(kind, server):
    return kind.states is not None and server['status'] in kind.states


def _wait(api, server):
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
        found = api.get(f'/servers/{server}')
        if found is None or not busy(found['server']):
            return


def busy(server):
    """Is something going on with a server?"""
    going_on = server['OS-EXT-STS:task_state'] is not None
    return going_on or server['status'] == 'BUILD'
