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


"""Calls to a XenServer pool, from any thread."""

import contextlib
import queue
import time

from oslo_log import log as logging

from nova_vgpu_ext.virt.xenapi import connection
from nova_vgpu_ext.virt.xenapi import errors
from nova_vgpu_ext.virt.xenapi import leftovers

LOG = logging.getLogger(__name__)

GONE = 'HANDLE_INVALID'

# What XenServer says of an object that somebody else, or an earlier call of
# ours that broke, is still busy with.
BUSY = frozenset(
    {
        'DEVICE_ALREADY_ATTACHED',
        'OPERATION_NOT_ALLOWED',
        'OTHER_OPERATION_IN_PROGRESS',
        'VBD_IS_BUSY',
        'VDI_IN_USE',
        'VM_BAD_POWER_STATE',
    }
)

_ATTEMPTS = 3
_LATE = 10  # how many times the time-out a call may still be going on
_FIRST_PAUSE = 0.2  # seconds; doubled each time


class Session:
    """The way to a pool, with some sessions that its threads share.

    :param settings: settings.Settings
    :ivar leftovers: leftovers.Leftovers of calls that broke
    """

    def __init__(self, settings):
        self.settings = settings
        self.leftovers = leftovers.Leftovers(_LATE * settings.running_timeout)
        self._connections = [
            connection.Connection(settings)
            for _ in range(settings.connections)
        ]
        # The last one used is the likeliest to have a session already.
        self._idle = queue.LifoQueue()
        for one in self._connections:
            self._idle.put(one)

    @contextlib.contextmanager
    def connection(self):
        """A connection.Connection for this thread alone, for a while."""
        taken = self._idle.get()
        try:
            yield taken
        finally:
            self._idle.put(taken)

    def call(self, method, *args, timeout=None):
        """Call a method of XenAPI; give back its result.

        What only reads is repeated a few times if the connection breaks.

        :param method: ``VM.get_record``, for example
        :param args: without the session
        :param timeout: seconds, if not those of the settings
        :raises Unreachable: if nobody answers or lets us in
        :raises ConnectionBroke: if it isn't known whether it was done
        :raises Refused: if XenServer says no
        """
        if connection.is_read(method):
            return self._repeated(method, args, timeout)
        LOG.debug('Calling %s', method)
        return self._once(method, args, timeout)

    def _once(self, method, args, timeout):
        try:
            with self.connection() as taken:
                return taken.call(method, args, timeout)
        except errors.Unreachable as error:
            LOG.error(error.sentence)
            raise

    def _repeated(self, method, args, timeout):
        for attempt in range(_ATTEMPTS - 1):
            try:
                return self._once(method, args, timeout)
            except errors.ConnectionBroke as error:
                LOG.debug('Repeating a call: %s', error)
                time.sleep(_FIRST_PAUSE * 2**attempt)
        return self._once(method, args, timeout)

    def remove(self, method, ref):
        """Remove an object, which may be gone already.

        A second removal does no harm, so this is repeated if the connection
        breaks, while XenServer has other business with the object, and once
        after any other refusal.

        :param method: ``VM.destroy``, for example
        """
        LOG.debug('Calling %s', method)
        refusals = 0
        for wait in Pauses(self.settings.running_timeout):
            try:
                self._repeated(method, (ref,), None)
                return
            except errors.Refused as error:
                if error.refusal == GONE:
                    return
                refusals += error.refusal not in BUSY
                if refusals > 1 or not wait():
                    raise

    def close(self):
        """End all sessions."""
        for one in self._connections:
            one.log_out()


class Pauses:
    """Growing pauses until a deadline.

    Iterating gives a function each time, which pauses and says True, or
    says False where no time is left.

    :param seconds: until the deadline
    """

    def __init__(self, seconds):
        self._deadline = time.monotonic() + seconds
        self._pause = _FIRST_PAUSE

    def __iter__(self):
        while True:
            yield self._wait

    def _wait(self):
        left = self._deadline - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(self._pause, left))
        self._pause = min(2 * self._pause, 2)
        return True
