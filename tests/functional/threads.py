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
"""Threads of Nova's services: cheap while they wait, and there till the end.

The executors' threads look again and again whether they are to end. Nova's
tests let them do so a hundred times a second, since otherwise each executor
would take long to end. With the hundreds of threads of all services, that
takes more time than the tests themselves.
"""

import importlib
import importlib.util
import threading

import fixtures
from futurist import _thread

_SECONDS = 1  # between two looks, as usual


class _Nothing:
    """Work that only wakes a thread, which then sees that it is to end."""

    def run(self):
        pass


def _join(worker, timeout=None):
    """Wait for the end of a thread that is to end, and wake it for that."""
    while worker.should_stop and worker.is_alive():
        # Another thread of the same executor may take it: so again.
        worker.work_queue.put(_Nothing())
        threading.Thread.join(worker, 0.001)
    threading.Thread.join(worker, timeout)


def keep_executors():
    """Let services that end not end the executors of their process for good.

    Nova's fixture for services does so too, but only until the test ends, and
    the end of a service may come later, in a thread.
    """
    name = 'nova.thread_pool_factory'  # from Nova 34 on
    if importlib.util.find_spec(name):
        importlib.import_module(name).shutdown_all_executors = lambda: None


class PatientThreads(fixtures.Fixture):
    """Let executors' threads look seldom, and wake them at their end.

    It is to be there before Nova's setUp, and so until all services are gone.
    """

    def _setUp(self):
        self.useFixture(
            fixtures.MockPatchObject(_thread.ThreadWorker, 'join', _join)
        )

    def begin(self):
        """Be patient from now on. Nova's setUp would change that."""
        _thread.ThreadWorker.MAX_IDLE_FOR = _SECONDS
