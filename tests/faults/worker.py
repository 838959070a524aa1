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

import functools
import os
import unittest

from tests.faults import cases
from tests.faults import cloud
from tests.faults import kinds


def work(jobs, results):
    """Play until the queue of jobs gives None.

    Puts lists of Results; at the end None, or a traceback as a string.

    :param jobs: a queue of (operation, kind)
    """
    _be_quiet()

    class Player(cloud.Cloud):
        def runTest(self):
            self.start()
            count = functools.partial(_count, self, {})
            for operation, kind in iter(jobs.get, None):
                numbers = range(1, count(operation, kind) + 1)
                results.put(
                    [_case(self, operation, kind, nth) for nth in numbers]
                )

    outcome = Player().run(unittest.TestResult())
    problems = outcome.errors + outcome.failures
    results.put(problems[0][1][-5000:] if problems else None)


def _be_quiet():
    """Let what Nova logs when its services end go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)


def _count(here, known, operation, kind):
    """How many calls of an operation a kind of faults can hit."""
    if operation not in known:
        known[operation] = cases.calls_of(here, operation)
    return kinds.KINDS[kind].count(known[operation])


def _case(here, operation, kind, nth):
    try:
        return cases.play(here, operation, kind, nth)
    except Exception as error:  # let the other cases have their turn
        text = f'the case broke off: {error!r}'
        cases.recover(here)
        return cases.Result(operation, kind, nth, None, False, [text])
