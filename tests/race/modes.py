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

"""What is played in a race, mode by mode.

off: a random mix of models, with Placement not knowing of vGPUs
on: the same with vGPUs claimed in Placement
exact: as on, with hosts and requests of a single model
traffic: as on, with others writing allocations all the time, and never so
    many boots that one could be refused
"""

import collections
import dataclasses
import random
import time

from tests import clouds
from tests.race import clients
from tests.race import cloud
from tests.race import fleet as fleets
from tests.race import journal as journals
from tests.race import placement
from tests.race import traffic

OFF = 'off'
ON = 'on'
EXACT = 'exact'
TRAFFIC = 'traffic'
_LAST_WORDS = 2  # seconds, until users know why they were refused

MODES = (OFF, ON, EXACT, TRAFFIC)


@dataclasses.dataclass
class Round:
    """Clients have filled a cloud, or a part of it.

    :ivar begun: when
    :ivar boots: boot.Boots of this round
    :ivar alive: how many VMs are there in the end
    """

    begun: float
    boots: list
    alive: int
    seconds: float


@dataclasses.dataclass
class Played:
    """What was played, and the log of it.

    :ivar rounds: Rounds
    :ivar agreed: for each time that the cloud was quiet, after how many
        seconds Placement knew the books
    :ivar wrong: sentences on what it never knew, and boots without an end
    :ivar traffic: what traffic.running tells, if there was some
    """

    mode: str
    fleet: fleets.Fleet
    rounds: list = dataclasses.field(default_factory=list)
    events: list = dataclasses.field(default_factory=list)
    agreed: list = dataclasses.field(default_factory=list)
    wrong: list = dataclasses.field(default_factory=list)
    traffic: dict | None = None
    root: str = ''

    @property
    def boots(self):
        return [boot for one in self.rounds for boot in one.boots]


class Game:
    """One cloud and the clients that use it."""

    def __init__(self, layout, journal, played, options):
        self._options = options
        self._journal = journal
        self._played = played
        self._fleet = played.fleet
        self._crowd = clients.Crowd(layout, journal, self._fleet.models)
        self._rng = random.Random(f'{options.seed}-{played.mode}')
        self._shelf = placement.Shelf(layout)
        self._is_known = played.mode != OFF and cloud.can_claim_in_placement()

    def play(self):
        for number in range(self._options.rounds):
            if number:
                self._delete_half()
            self._round()
        self._played.wrong += self._crowd.wrong

    def _round(self):
        begun, before = time.monotonic(), len(self._crowd.boots)
        if self._played.mode == TRAFFIC:
            self._boot_some()
        else:
            self._fill()
        self._played.rounds.append(
            Round(
                begun,
                self._crowd.boots[before:],
                len(self._crowd.alive),
                time.monotonic() - begun,
            )
        )
        self._agree()

    def _agree(self):
        if self._is_known:
            seconds, differing = self._shelf.agree(self._journal)
            self._played.agreed.append(seconds)
            self._played.wrong += differing

    def _fill(self):
        seeds = [self._rng.random() for _ in range(self._options.clients)]
        most = self._options.models
        clients.at_once(
            self._crowd.fill, [(random.Random(seed), most) for seed in seeds]
        )

    def _boot_some(self):
        """Boot so few that no host of a kind need take more than one."""
        kinds = self._fleet.kinds
        left = collections.Counter(self._fleet.hosts.values())
        left.subtract(kinds[boot.model] for boot in self._crowd.alive)
        wanted = []
        for kind, number in sorted(left.items()):
            models = [model for model in kinds if kinds[model] == kind]
            wanted += self._rng.choices(models, k=number)
        self._rng.shuffle(wanted)
        clients.at_once(self._boot_all, self._dealt(wanted))

    def _boot_all(self, models):
        for model in models:
            self._crowd.boot(model)

    def _delete_half(self):
        alive = self._crowd.alive
        some = self._rng.sample(alive, len(alive) // 2)
        clients.at_once(self._crowd.delete, self._dealt(some))
        self._agree()

    def _dealt(self, values):
        """Arguments for each client: its part of the values."""
        number = self._options.clients
        return [(values[first::number],) for first in range(number)]


def play(mode, options):
    """Play a mode in a cloud of its own; the Played."""
    kinds = fleets.SINGLE if mode == EXACT else fleets.MIXED
    played = Played(mode, fleets.Fleet(kinds, options.hosts))
    with cloud.running(played.fleet, options, mode != OFF) as layout:
        played.root = layout.root
        with journals.Journal(layout) as journal:
            game = Game(layout, journal, played, options)
            if mode == TRAFFIC:
                with traffic.running(layout, options.writes) as figures:
                    game.play()
                played.traffic = figures
            else:
                game.play()
            time.sleep(_LAST_WORDS)
            played.events = list(journal.events)
    return played


def throw_away(played):
    """Remove the files of a mode that was played without fault."""
    clouds.throw_away(played.root)
