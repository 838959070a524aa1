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

"""Work that is done soon, and again until nothing is left to do.

For what may fail, take long or meet conflicts, and must not hold up those
who cause it.
"""

import contextvars
import random
import threading
import time

from oslo_log import log as logging

LOG = logging.getLogger(__name__)

# Seconds to wait after a failure; then the next change begins anew.
_PAUSES = (0.5, 1, 2, 4, 8)


def in_thread(function):
    """Call a function in a thread of its own.

    Nova's executors differ from release to release. A daemon, since what is
    lost with the process is done by the next one.
    """
    context = contextvars.copy_context()
    threading.Thread(
        target=context.run, args=[function], daemon=True, name='vgpu-placement'
    ).start()


class Flusher:
    """Does something for nodes whenever they were marked.

    One thread at a time does it, and only while something is to be done.
    Marks that come while a node waits are all one.

    :param flush: function of a node's name and of the seconds since the
        first mark
    :param failures: exceptions after which it is tried again
    """

    def __init__(self, flush, failures):
        self._flush, self._failures = flush, failures
        self._in_thread = in_thread
        self._lock = threading.Lock()
        self._waiting = {}
        self._is_busy = False

    def mark(self, nodename):
        with self._lock:
            self._waiting.setdefault(nodename, time.monotonic())
            if self._is_busy:
                return
            self._is_busy = True
        self._in_thread(self._run)

    def _run(self):
        while True:
            with self._lock:
                if not self._waiting:
                    self._is_busy = False
                    return
                nodename, since = self._waiting.popitem()
            try:
                self._flush_patiently(nodename, since)
            except Exception:
                LOG.exception('Unexpected failure for node %s', nodename)

    def _flush_patiently(self, nodename, since):
        for pause in _PAUSES:
            try:
                return self._flush(nodename, time.monotonic() - since)
            except self._failures as error:
                LOG.debug('Failed for node %s: %s', nodename, error)
                reason = error
            time.sleep(pause * random.uniform(0.5, 1))
        LOG.warning(
            'Placement was not told of the vGPUs of node %(node)s; the next '
            'periodic run does it: %(reason)s',
            {'node': nodename, 'reason': reason},
        )
