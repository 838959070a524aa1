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

"""What was wrong in a race, by its log alone."""

import collections
import math
import re
import typing

from nova_vgpu_ext import names
from tests.race import occupancy

_UUID = re.compile('[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')


class Span(typing.NamedTuple):
    """A time without a break in which a host had room for a model."""

    host: str
    begin: float
    end: float


class History:
    """A log that has been read.

    :param cards: {host: fake_cards.HostCards}
    :param keys: canonical keys of the models that are asked for
    :ivar overcommitted: sentences
    :ivar spans: {key: [Span]}
    :ivar hosts: {host: occupancy.Host}, as they are in the end
    """

    def __init__(self, cards, keys, events):
        self.overcommitted = []
        self.spans = collections.defaultdict(list)
        self.hosts = {}
        self._keys = {}
        self._since = {}
        for host, its_cards in cards.items():
            known = _identifiers(its_cards)
            self.hosts[host] = occupancy.Host(its_cards, known)
            self._keys[host] = [key for key in keys if key in known]
            self._look(host, -math.inf)
        for event in events:
            self._read(event)
        for (host, key), begin in self._since.items():
            self.spans[key].append(Span(host, begin, math.inf))

    def _read(self, event):
        host = event.get('host')
        if host in self.hosts and self.hosts[host].apply(event):
            if self.hosts[host].is_overcommitted():
                self.overcommitted.append(
                    f'{host} was overcommitted after {event}.'
                )
            self._look(host, event['at'])

    def _look(self, host, now):
        """Begin and end the spans of a host that has changed."""
        for key in self._keys[host]:
            has_room = self.hosts[host].has_room(key)
            if has_room:
                self._since.setdefault((host, key), now)
            elif (host, key) in self._since:
                begin = self._since.pop((host, key))
                self.spans[key].append(Span(host, begin, now))

    def room_throughout(self, boot):
        """The Span of a host that had room all the time, None if none had.

        :param boot: a boot.Boot
        """
        for span in self.spans[names.canonical_key(boot.model)]:
            if span.begin <= boot.asked and boot.ended <= span.end:
                return span
        return None

    def false_refusals(self, boots):
        """Sentences about boots that were refused though there was room."""
        for boot in boots:
            span = None if boot.granted else self.room_throughout(boot)
            if span is not None:
                yield (
                    f'{boot.server}, refused after '
                    f'{boot.ended - boot.asked:.2f} s, would have had '
                    f'{boot.model} on {span.host}.'
                )


def _identifiers(cards):
    return {
        names.canonical_key(one.name): one.identifier
        for one in cards.types.values()
    }


def broken_promises(events):
    """Sentences about vGPUs that were promised, and refused after all."""
    for event in events:
        if event['event'] == 'no-room':
            yield f'The hypervisor refused what was claimed: {event["text"]}'


def retries(events):
    """How many claims were refused by a compute."""
    return sum(event['event'] == 'refused' for event in events)


def reasons(events, boots):
    """A Counter of what users were told of boots that were refused."""
    told = {e['vm']: e['text'] for e in events if e['event'] == 'fault'}
    refused = [boot.server for boot in boots if not boot.granted]
    return collections.Counter(
        _UUID.sub('UUID', told.get(one, 'nothing')) for one in refused
    )


def at_once(events):
    """(requests of each scheduler, most that were looking at one time)"""
    handled = collections.Counter()
    looking = collections.Counter()
    most = 0
    for event in events:
        if event['event'] == 'scheduling':
            handled[event['scheduler']] += 1
            looking[event['scheduler']] += 1
            most = max(most, sum(1 for n in looking.values() if n))
        elif event['event'] == 'scheduled':
            looking[event['scheduler']] -= 1
    return handled, most
