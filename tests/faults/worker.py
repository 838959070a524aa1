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

"""A process that plays cases in a cloud of its own."""

import os
import sys
import unittest

from tests.faults import cases
from tests.faults import cloud
from tests.faults import kinds


def work(jobs, results):
    """Play until the queue of jobs gives None.

    Puts lists of Results; at the end None, or a traceback as a string.

    :param jobs: a queue of (operation, kind, numbers of calls or None for
        all calls)
    """
    _be_quiet()

    class Player(cloud.Cloud):
        def runTest(self):
            self.start()
            for job in iter(jobs.get, None):
                results.put(_play(self, *job))

    outcome = Player().run(unittest.TestResult())
    problems = outcome.errors + outcome.failures
    results.put(problems[0][1][-5000:] if problems else None)


def _be_quiet():
    """Let what Nova logs when its services end go nowhere."""
    sys.stdout = sys.stderr = open(os.devnull, 'w')  # noqa: SIM115


def _play(here, operation, kind, numbers):
    if numbers is None:
        methods = cases.calls_of(here, operation)
        numbers = range(1, kinds.KINDS[kind].count(methods) + 1)
    return [_case(here, operation, kind, nth) for nth in numbers]


def _case(here, operation, kind, nth):
    try:
        return cases.play(here, operation, kind, nth)
    except (RuntimeError, TimeoutError) as error:
        here.faults.clear()
        return cases.Result(operation, kind, nth, None, False, [str(error)])
