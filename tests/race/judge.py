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

"""The figures of a mode, and what is wrong with them."""

import collections

from tests.race import bound
from tests.race import modes
from tests.race import occupancy
from tests.race import verdicts

MOST_ON = 1 / 3  # of the retries per boot without Placement
MOST_EXACT = 0.01  # retries per boot
MOST_DELAY = 2  # seconds

# Fewer requests may all go to the same ones.
_REQUESTS = 20  # for each scheduler

# What a user is told of a boot for which there is no room.
_FULL = ('No valid host', 'Exceeded maximum number', 'not enough vGPUs')


class Judged:
    """A mode, measured.

    :ivar wrong: sentences
    """

    def __init__(self, played, options):
        self.played = played
        self.options = options
        self.cards = played.fleet.cards()
        self.history = verdicts.History(
            self.cards, played.fleet.keys, played.events
        )
        self.retries = verdicts.retries(played.events)
        self.reasons = verdicts.reasons(played.events, played.boots)
        self.handled, self.at_once = verdicts.at_once(played.events)
        self.false = list(self.history.false_refusals(played.boots))
        self.broken = list(verdicts.broken_promises(played.events))
        self.wrong = [*self._always(), *_OF_MODE[played.mode](self)]

    @property
    def retries_per_boot(self):
        return self.retries / max(1, len(self.played.boots))

    @property
    def flushes(self):
        """Seconds that each flush of inventories took."""
        begun = self.played.rounds[0].begun
        return [
            event['seconds']
            for event in self.played.events
            if event['event'] == 'flush' and event['at'] > begun
        ]

    @property
    def writes(self):
        """A Counter of inventory writes: those refused (True), and not."""
        return collections.Counter(
            event['conflict']
            for event in self.played.events
            if event['event'] == 'inventories'
        )

    def bounds(self):
        """How many could have been granted, round by round."""
        for one in self.played.rounds:
            running = _running_at(self, one.begun)
            yield bound.granted(self.cards, running, one.boots)

    def _always(self):
        yield from self.history.overcommitted
        yield from self.broken
        # Without Placement, retries run out: that is what it is there for.
        if self.played.mode != modes.OFF:
            yield from self.false
        yield from self.played.wrong
        for reason, number in self.reasons.items():
            if not any(words in reason for words in _FULL):
                yield f'{number} boots failed: {reason}'
        idle = self.options.schedulers - len(self.handled)
        if idle and self.handled.total() >= _REQUESTS * idle:
            yield f'{idle} schedulers had nothing to do.'
        if not any(boot.granted for boot in self.played.boots):
            yield 'No boot was granted.'

    def _of_off(self):
        if self.retries < self.options.retries:
            yield (
                f'There were {self.retries} retries without Placement: with '
                f'less than {self.options.retries} this proves nothing.'
            )

    def _of_exact(self):
        room = _room_for_one_model(self.cards, self.played.fleet.models)
        for number, one in enumerate(self.played.rounds, start=1):
            if one.alive != room:
                yield f'Round {number} gave out {one.alive} of {room} vGPUs.'
        if self.retries_per_boot >= MOST_EXACT:
            yield f'With a single model there were {self.retries} retries.'

    def _of_traffic(self):
        refused = sum(not boot.granted for boot in self.played.boots)
        if refused:
            yield f'{refused} boots were refused during the traffic.'
        for seconds in self.played.agreed:
            if seconds > MOST_DELAY:
                yield f'Placement knew the books after {seconds:.1f} s only.'
        traffic = self.played.traffic
        rate = traffic['written'] / traffic['seconds']
        if rate < self.options.writes:
            yield f'There were {rate:.1f} writes of others a second only.'


_OF_MODE = {
    modes.OFF: Judged._of_off,
    modes.ON: lambda judged: (),
    modes.EXACT: Judged._of_exact,
    modes.TRAFFIC: Judged._of_traffic,
}


def _running_at(judged, time):
    """{host: {VM: where its vGPUs are}} at a time when all was quiet."""
    hosts = {host: occupancy.Host(None, {}) for host in judged.cards}
    for event in judged.played.events:
        is_claim = event['event'] in ('claimed', 'released')
        if event['at'] < time and event.get('host') and not is_claim:
            hosts[event['host']].apply(event)
    return {host: one.running for host, one in hosts.items()}


def _room_for_one_model(cards, models):
    (model,) = models
    return sum(
        one.limit
        for its_cards in cards.values()
        for pgpu in its_cards.pgpus.values()
        for one in its_cards.types.values()
        if one.name == model and one.identifier in pgpu.types
    )


def compared(judged):
    """Sentences on what Placement should have improved.

    :param judged: {mode: Judged}
    """
    if modes.ON not in judged or modes.OFF not in judged:
        return
    off, on = judged[modes.OFF], judged[modes.ON]
    if on.retries_per_boot > off.retries_per_boot * MOST_ON:
        yield (
            f'There were {on.retries_per_boot:.3f} retries per boot with '
            f'Placement, {off.retries_per_boot:.3f} without.'
        )
