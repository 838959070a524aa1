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

"""What could not be removed when it should have been.

A host that is cut off can't be told to undo anything, and it may carry out a
call long after its answer is waited for no more. So what may be left is
looked for again at each periodic run, for a while.
"""

import threading
import time
import typing

from oslo_log import log as logging

LOG = logging.getLogger(__name__)


class _Chore(typing.NamedTuple):
    act: typing.Callable
    until: float


class Leftovers:
    """Remembers what is still to be done, and does it.

    :param patience: for how many seconds a late call must be reckoned with
    """

    def __init__(self, patience):
        self._patience = patience
        self._lock = threading.Lock()
        self._chores = {}

    def add(self, name, act, patience=None):
        """Let something be done until it succeeds when patience is over.

        :param name: what may be left, for the log; a later chore of the same
            name replaces this one
        :param act: a function that may be called any number of times
        :param patience: in seconds, if not the usual
        """
        if patience is None:
            patience = self._patience
        with self._lock:
            self._chores[name] = _Chore(act, time.monotonic() + patience)

    def clear_up(self):
        """Do all that there is to do. What fails is done next time."""
        with self._lock:
            chores = tuple(self._chores.items())
        for name, chore in chores:
            if self._is_done(name, chore):
                self._drop(name, chore)

    def _is_done(self, name, chore):
        now = time.monotonic()
        try:
            chore.act()
        except Exception as error:
            LOG.warning('What is left of %s stays for now: %s', name, error)
            return False
        return now >= chore.until

    def _drop(self, name, chore):
        with self._lock:
            if self._chores.get(name) is chore:
                del self._chores[name]
