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

"""Hypothesis leads the life of a host."""

import collections
import itertools

import hypothesis
from hypothesis import stateful
from hypothesis import strategies as st

from tests.life import builds  # noqa: F401
from tests.life import cards
from tests.life import host
from tests.life import laws
from tests.life import life as lives
from tests.life import live  # noqa: F401
from tests.life import moves  # noqa: F401
from tests.life import outside  # noqa: F401
from tests.life import power  # noqa: F401
from tests.life import resizes  # noqa: F401
from tests.life import service  # noqa: F401
from tests.life import transitions

_NUMBERS = itertools.count()
_OFTEN = 6


class LifeOfACompute(stateful.RuleBasedStateMachine):
    """All transitions, of which each is a rule, and the laws after each.

    :cvar taken: Counter of the transitions since it was cleared last
    """

    taken = collections.Counter()
    life = None

    @stateful.initialize(
        hardware=cards.hardware(),
        calm=st.booleans(),
        seed=st.integers(0, 2**32),
    )
    def begin(self, hardware, calm, seed):
        # Nothing is shared with the hosts of other lives in the database.
        name = f'host-{next(_NUMBERS)}'
        self.life = lives.Life(
            host.Host(name, hardware), hardware.flavors, calm, seed
        )
        self.life.choose = self.life.random.choice
        for _ in range(4):
            for name in ('boot', 'boot_elsewhere', 'spawn'):
                if transitions.TRANSITIONS[name].is_possible(self.life):
                    transitions.TRANSITIONS[name].take(self.life)

    def take(self, name, data):
        def choose(options):
            chosen = options[data.draw(st.integers(0, len(options) - 1))]
            shown = getattr(chosen, 'extra_specs', chosen)
            hypothesis.note(f'    of {len(options)}: {shown}')
            return chosen

        self.life.choose = choose
        LifeOfACompute.taken[
            transitions.TRANSITIONS[name].take(self.life)
        ] += 1
        laws.check(self.life)

    def teardown(self):
        if self.life is not None:
            self.life.host.abandon_audit()


def _rule(name, one):
    def take(self, data):
        self.take(name, data)

    take.__name__ = name
    rule = stateful.rule(data=st.data())(take)
    return stateful.precondition(
        lambda self: self.life is not None and one.is_possible(self.life)
    )(rule)


for _name, _one in transitions.TRANSITIONS.items():
    for _copy in range(_OFTEN if _one.often else 1):
        setattr(LifeOfACompute, f'{_name}{_copy or ""}', _rule(_name, _one))
