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

"""Which calls the simulator has had."""

import collections
import contextlib
import dataclasses
import threading

_SECRET = ('login', 'password')


@dataclasses.dataclass(frozen=True)
class Logged:
    """One call.

    :ivar method: as called, or ``PUT /import_raw_vdi``
    :ivar host: uuid of the pool member
    :ivar parameters: without the session; none of calls with a password
    :ivar outcome: Success, the error's code, or dropped
    """

    method: str
    host: str
    parameters: tuple
    outcome: str


class Calls:
    """All calls, in the order in which they came to an end.

    :param most: how many are remembered, the last ones; None for all
    :ivar going_on: how many have not come to an end
    """

    def __init__(self, most=None):
        self.going_on = 0
        self._calls = collections.deque(maxlen=most)
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def under_way(self):
        """Around each call."""
        with self._lock:
            self.going_on += 1
        try:
            yield
        finally:
            with self._lock:
                self.going_on -= 1

    def add(self, method, host, parameters, outcome):
        """Remember a call."""
        if any(word in method for word in _SECRET):
            parameters = ()
        logged = Logged(method, host, tuple(parameters), outcome)
        with self._lock:
            self._calls.append(logged)

    def clear(self):
        """Begin to count anew."""
        with self._lock:
            self._calls.clear()

    def counts(self):
        """{method: number of calls}."""
        return collections.Counter(call.method for call in self)

    def __iter__(self):
        with self._lock:
            return iter(list(self._calls))

    def __len__(self):
        return len(self._calls)
