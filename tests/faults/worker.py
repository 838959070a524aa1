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

"""A process that plays cases in clouds of its own."""

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
    play = _Play(jobs, results)

    class Player(cloud.Cloud):
        def runTest(self):
            self.start()
            play.go_on(self)

    while not play.is_over:
        before = play.begun
        outcome = Player().run(unittest.TestResult())
        if play.begun == before:  # no cloud can be had
            problems = outcome.errors + outcome.failures
            return results.put(problems[0][1][-5000:])
    return results.put(None)


class _Play:
    """Goes on in a new cloud where a case broke off.

    Such a case is played once more: now and then, the SQLite databases of
    Nova's tests are locked, and what is done then is never finished.

    :ivar begun: how many cases there were, with those that broke off
    :ivar is_over: whether there are no more
    """

    def __init__(self, jobs, results):
        self._jobs, self._results = jobs, results
        self._row = None
        self._numbers = []
        self._found = []
        self._broken = None
        self._calls = {}
        self.begun = 0
        self.is_over = False

    def go_on(self, here):
        """Play all that there is.

        :param here: the cloud
        :raises Exception: what makes a case break off
        """
        while self._begin_row(here):
            while self._numbers:
                self._play_case(here, (*self._row, self._numbers[0]))
            self._results.put(self._found)
            self._row = None

    def _begin_row(self, here):
        """:returns: whether there is something to play"""
        if self._row is None:
            self._row = self._jobs.get()
            self._found = []
            if self._row is None:
                self.is_over = True
                return False
            self._numbers = list(range(1, self._count(here, *self._row) + 1))
        return True

    def _count(self, here, operation, kind):
        """How many calls of an operation a kind of faults can hit."""
        if operation not in self._calls:
            self._calls[operation] = cases.calls_of(here, operation)
        return kinds.KINDS[kind].count(self._calls[operation])

    def _play_case(self, here, case):
        self.begun += 1
        try:
            self._note(cases.play(here, *case))
        except Exception as error:
            if self._broken == case:
                text = f'the case broke off twice: {error!r}'
                self._note(cases.Result(*case, None, False, [text]))
            self._broken = case
            raise

    def _note(self, result):
        self._found.append(result)
        del self._numbers[0]


def _be_quiet():
    """Let what Nova logs when its services end go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
