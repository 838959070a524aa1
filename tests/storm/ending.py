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

"""The end of a storm: quiet, then nothing at all."""

import collections

from nova_vgpu_ext.sandbox import look
from nova_vgpu_ext.sandbox import shell
from tests.storm import books
from tests.storm import clients

# For what is going on to end, and for what is deleted to go.
_SECONDS = 240
# The books in the database are this late, and not more.
_BOOKS_SECONDS = 60
_PAUSE = 1

# Power states in the words of Nova's API: running, paused.
_STARTED = (1, 3)


class Ending:
    """Looks at a cloud after a storm.

    :ivar wrong: sentences
    """

    def __init__(self, layout, api, flavors):
        """:param layout: of a cloud that nobody has used yet"""
        self.wrong = []
        self._layout = layout
        self._api = api
        self._flavors = flavors
        self._xenserver = look.at(layout)
        self._first = books.capacities(layout)

    def check(self, promise, seconds=_BOOKS_SECONDS):
        """Wait until something is as it should be, or note that it isn't.

        :param promise: raises StepFailed while it isn't
        """
        try:
            shell.eventually(promise, seconds, _PAUSE)
        except shell.StepFailed as failure:
            self.wrong.append(str(failure))

    def calm(self):
        """See that nothing goes on, and all have what they should have."""
        self.check(self._quiet, _SECONDS)
        self.check(self._as_wanted)
        self.check(self._as_in_books)

    def clear(self):
        """Delete all, and see that all is as at first."""
        self.check(self._deleted, _SECONDS)
        self.check(self._as_at_first)
        self.check(lambda: books.left_over(self._layout, self._xenserver))
        self.check(self._without_findings)

    def _quiet(self):
        going_on = {
            server['id']: (server['status'], server['OS-EXT-STS:task_state'])
            for server in self._api.servers()
            if clients.busy(server)
        }
        shell.expect(not going_on, f'These should be done: {going_on}.')

    def _as_wanted(self):
        """The hypervisors have what servers that run should have."""
        found = collections.defaultdict(list)
        for one in books.held(self._layout, self._xenserver):
            found[one.owner, one.host].append(one.model)
        wanted = dict(self._wanted())
        _same(
            {key: sorted(models) for key, models in found.items()}.items(),
            wanted.items(),
            'The servers that run should have the vGPUs of their flavors',
        )

    def _wanted(self):
        for server in self._api.servers():
            number = server['flavor']['original_name'].rpartition('-')[2]
            models = self._flavors[number]
            if models and server['OS-EXT-STS:power_state'] in _STARTED:
                held = [name for name, n in models.items() for _ in range(n)]
                host = server['OS-EXT-SRV-ATTR:host']
                yield (server['id'], host), sorted(held)

    def _as_in_books(self):
        _same(
            look.books(self._layout),
            books.held(self._layout, self._xenserver),
            'The books should have what the hypervisors have',
        )

    def _deleted(self):
        for server in self._api.servers():
            self._api.call('DELETE', f'/servers/{server["id"]}')
        left = {one['id']: one['status'] for one in self._api.servers()}
        shell.expect(not left, f'No server should be left, but {left} are.')

    def _as_at_first(self):
        now = books.capacities(self._layout)
        _same(
            now.items(),
            self._first.items(),
            'The capacity should be as at first',
        )

    def _without_findings(self):
        status, lines = books.managed(self._layout, 'audit')
        shell.expect(
            status == 0, f'The audit should find nothing, not {lines}.'
        )


def _same(found, wanted, sentence):
    """:raises StepFailed: it isn't so; it tells the differences alone"""
    found, wanted = list(found), list(wanted)
    lacking = [one for one in wanted if one not in found]
    beyond = [one for one in found if one not in wanted]
    shell.expect(
        not lacking and not beyond and len(found) == len(wanted),
        f'{sentence}: there is no {lacking}, and there is {beyond}.',
    )
