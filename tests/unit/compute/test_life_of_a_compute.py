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

"""The books of a compute host hold through random lives."""

import itertools
import unittest

import hypothesis
from hypothesis import stateful

from tests.life import base
from tests.life import machine
from tests.life import transitions
from tests.unit import figures
from tests.unit import strategies

_IS_LONG = strategies.PROFILE == 'long'
_STEPS = 1000  # with each seed


class LifeOfAComputeTest(base.LifeTestCase):
    def setUp(self):
        super().setUp()
        self.taken = machine.LifeOfACompute.taken
        self.taken.clear()

    def live(self, **settings):
        stateful.run_state_machine_as_test(
            machine.LifeOfACompute,
            settings=hypothesis.settings(
                stateful_step_count=50,
                report_multiple_bugs=False,
                # What goes wrong is seen well enough, and in less time.
                phases=[hypothesis.Phase.generate],
                **settings,
            ),
        )

    def live_long(self, seeds):
        """Thousands of steps, in which everything happens some time."""
        for number, seed in enumerate(seeds, start=1):
            for more in itertools.count():
                if sum(self.taken.values()) >= number * _STEPS:
                    break
                hypothesis.seed(_STEPS * seed + more)(machine.LifeOfACompute)
                self.live(max_examples=20, derandomize=False)
        figures.COUNTS.update(
            {'steps': sum(self.taken.values()), 'seeds': len(seeds)},
            **{end: self.taken[end] for end in transitions.all_ends()},
        )
        self.assertEqual([], transitions.never(self.taken))

    def test_laws_hold(self):
        if _IS_LONG:
            self.live_long(range(10))
        else:
            self.live(max_examples=4)

    @unittest.skipUnless(_IS_LONG, 'only in long runs')
    def test_laws_hold_with_other_seeds(self):
        self.live_long(range(10, 20))
