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

"""What each host holds at each moment, by the log of its hypervisor.

A vGPU takes its place from the moment the resource tracker grants the claim,
since what is promised is taken, until the hypervisor ends the VM. A claim
that is taken back before its VM has started frees its place then.
"""

from tests.race import room


class Host:
    """One host while the log is read.

    :param cards: its fake_cards.HostCards
    :param identifiers: {canonical key: type identifier}
    :ivar running: {VM: ((type identifier, pGPU id), ...)}
    :ivar promised: {VM: ((type identifier, group id), ...)}, of those that
        have not started yet
    """

    def __init__(self, cards, identifiers):
        self.running = {}
        self.promised = {}
        self._cards = cards
        self._identifiers = identifiers

    def apply(self, event):
        """Take note of an event; whether it has changed anything."""
        before = dict(self.running), dict(self.promised)
        vm = event.get('vm')
        if event['event'] == 'claimed':
            self.promised[vm] = _tuples(event['places'])
        elif event['event'] == 'released' or event['event'] == 'destroy':
            self.promised.pop(vm, None)
            if event['event'] == 'destroy':
                self.running.pop(vm, None)
        elif event.get('vgpus'):
            self.promised.pop(vm, None)
            self.running[vm] = _tuples(event['vgpus'])
        elif 'vgpus' in event:
            self.running.pop(vm, None)
        return (self.running, self.promised) != before

    @property
    def _placed(self):
        placed = {}
        for vgpus in self.running.values():
            for identifier, pgpu in vgpus:
                placed.setdefault(pgpu, []).append(identifier)
        return placed

    @property
    def _waiting(self):
        return [one for each in self.promised.values() for one in each]

    def is_overcommitted(self):
        """Is there more than fits, in whatever way it is placed?"""
        return not (
            all(
                room.may_share(self._cards, pgpu, types)
                for pgpu, types in self._placed.items()
            )
            and room.has_room(self._cards, self._placed, self._waiting)
        )

    def has_room(self, key):
        """Is there room for one more of a model?"""
        waiting = [*self._waiting, (self._identifiers[key], None)]
        return room.has_room(self._cards, self._placed, waiting)


def _tuples(pairs):
    return tuple(tuple(pair) for pair in pairs)
