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

"""What goes wrong on demand.

Each plan says of which calls (a name, or a pattern such as ``VM.*``) which
one is hit: the ``nth`` that comes after the plan is made, and ``times`` - 1
more after it.
"""

import dataclasses
import fnmatch
import threading

_FOR_EVER = float('inf')


class Dropped(Exception):
    """The connection is closed without an answer."""


@dataclasses.dataclass
class Fault:
    """Something that will go wrong.

    :ivar action: see the methods of Faults
    :ivar details: an error's code and parameters, or a number of seconds
    :ivar after: is the call carried out first?
    :ivar cut_off: does it keep clients from connecting as well?
    :ivar hits: how often it has struck
    :ivar struck: the first method that it has hit
    """

    action: str
    method: str
    nth: int
    times: float
    details: tuple = ()
    after: bool = False
    cut_off: bool = False
    seen: int = 0
    hits: int = 0
    struck: str | None = None

    def strikes(self, method):
        """Count a call; is it one to be hit?"""
        cut = self.cut_off and self.hits
        if not cut and not fnmatch.fnmatchcase(method, self.method):
            return False
        self.seen += 1
        hit = self.nth <= self.seen < self.nth + self.times
        if hit:
            self.hits += 1
            self.struck = self.struck or method
        return hit


class Faults:
    """The plans of a simulator."""

    def __init__(self):
        self._plans = []
        self._lock = threading.Lock()

    def fail(self, code, *parameters, method='*', nth=1, times=1, after=False):
        """Answer with an error: SR_FULL, VM_REQUIRES_VGPU, …"""
        return self._plan(
            Fault('fail', method, nth, times, (code, *parameters), after)
        )

    def drop(self, method='*', nth=1, times=1, after=False):
        """Close the connection.

        Python's XML-RPC makes such a call once more by itself: give
        ``times=2`` for a client to notice.
        """
        return self._plan(Fault('drop', method, nth, times, after=after))

    def delay(self, seconds, method='*', nth=1, times=1, after=False):
        """Let the call wait."""
        return self._plan(
            Fault('delay', method, nth, times, (seconds,), after)
        )

    def cut_off(self, method='*', nth=1):
        """Drop the call and all that come after it, until :meth:`clear`.

        Nobody can connect any more either.
        """
        return self._plan(Fault('drop', method, nth, _FOR_EVER, cut_off=True))

    @property
    def is_cut_off(self):
        """Has such a fault struck?"""
        with self._lock:
            return any(plan.cut_off and plan.hits for plan in self._plans)

    def cut(self, count, nth=1, times=1):
        """Break an import off after so many bytes."""
        return self._plan(
            Fault('cut', 'PUT /import_raw_vdi', nth, times, (count,))
        )

    def lose_session(self, method='*', nth=1, times=1):
        """Forget the session that the call comes with, as after a day."""
        return self._plan(Fault('lose_session', method, nth, times))

    def slave(self, address, method='*', nth=1, times=1):
        """Answer that the master is elsewhere, at an address."""
        return self.fail(
            'HOST_IS_SLAVE', address, method=method, nth=nth, times=times
        )

    def clear(self):
        """Drop all plans."""
        with self._lock:
            self._plans.clear()

    def of(self, method):
        """The fault that hits a call that comes in now, or None."""
        with self._lock:
            hits = [plan for plan in self._plans if plan.strikes(method)]
        return hits[0] if hits else None

    def _plan(self, fault):
        with self._lock:
            self._plans.append(fault)
        return fault
