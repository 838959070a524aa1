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

"""What a log proves to have been wrong."""

from oslotest import base

from tests.race import boot
from tests.race import verdicts
from tests.unit.race import cards

_BIG = cards.KEYS['big']


def _event(at, event, vm='vm', **values):
    return {'at': at, 'event': event, 'host': 'host', 'vm': vm, **values}


def _claimed(at, vm, model='big', group='one'):
    return _event(at, 'claimed', vm, places=[[model, group]])


def _start(at, vm, model='big', pgpu=cards.FIRST):
    return _event(at, 'start', vm, vgpus=[[model, pgpu]])


def _history(*events):
    hosts = {'host': cards.host('one')}
    return verdicts.History(hosts, cards.KEYS.values(), events)


def _refused(asked, ended, model='Big'):
    return boot.Boot('server', model, asked, ended, False)


class OvercommitTest(base.BaseTestCase):
    def test_full_is_fine(self):
        history = _history(
            _claimed(1, 'a'), _start(2, 'a'), _claimed(3, 'b'), _start(4, 'b')
        )
        self.assertEqual([], history.overcommitted)

    def test_by_a_promise(self):
        history = _history(
            _start(1, 'a'), _start(2, 'b'), _claimed(3, 'c', 'big')
        )
        (sentence,) = history.overcommitted
        self.assertIn('host was overcommitted', sentence)

    def test_by_the_hypervisor(self):
        history = _history(_start(1, 'a'), _start(2, 'b', 'small'))
        self.assertEqual(1, len(history.overcommitted))

    def test_a_claim_and_its_vm_count_once(self):
        history = _history(
            _start(1, 'a'), _claimed(2, 'b'), _start(3, 'b'), _start(4, 'b')
        )
        self.assertEqual([], history.overcommitted)


class FalseRefusalTest(base.BaseTestCase):
    def _false(self, history, refused):
        return list(history.false_refusals([refused]))

    def test_room_all_the_time(self):
        history = _history(_claimed(1, 'a'))
        (sentence,) = self._false(history, _refused(2, 3))
        self.assertIn('on host', sentence)

    def test_granted(self):
        granted = _refused(2, 3)._replace(granted=True)
        self.assertEqual([], self._false(_history(), granted))

    def test_full(self):
        history = _history(_claimed(1, 'a'), _claimed(2, 'b'))
        self.assertEqual([], self._false(history, _refused(3, 4)))

    def test_the_last_place_went_meanwhile(self):
        history = _history(_claimed(1, 'a'), _claimed(3, 'b'))
        self.assertEqual([], self._false(history, _refused(2, 4)))
        self.assertNotEqual([], self._false(history, _refused(1, 2.9)))

    def test_a_break(self):
        history = _history(
            _start(1, 'a'),
            _claimed(3, 'b'),
            _event(4, 'released', 'b', places=[]),
        )
        self.assertEqual([], self._false(history, _refused(2, 5)))
        self.assertNotEqual([], self._false(history, _refused(4.1, 5)))

    def test_a_vm_holds_its_place_until_it_ends(self):
        history = _history(
            _start(1, 'a'),
            _start(2, 'b'),
            _event(3, 'released', 'b', places=[]),
            _event(4, 'destroy', 'b'),
        )
        self.assertEqual([], self._false(history, _refused(3.1, 5)))
        self.assertNotEqual([], self._false(history, _refused(4.1, 5)))

    def test_other_model(self):
        history = _history(_start(1, 'a'))
        refused = _refused(2, 3, 'Small')
        self.assertEqual([], self._false(history, refused))


class FiguresTest(base.BaseTestCase):
    def test_retries(self):
        events = [_event(1, 'refused'), _claimed(2, 'a')]
        self.assertEqual(1, verdicts.retries(events))

    def test_broken_promises(self):
        (sentence,) = verdicts.broken_promises(
            [_event(1, 'no-room', text='No room.'), _event(2, 'start')]
        )
        self.assertIn('No room.', sentence)

    def test_reasons(self):
        uuid = '1c768fb0-d367-4d9e-80e3-f73d786454e0'
        events = [
            _event(1, 'fault', 'server', text='first'),
            _event(2, 'fault', 'server', text=f'No host for {uuid}'),
            _event(3, 'fault', 'other', text='other'),
        ]
        reasons = verdicts.reasons(events, [_refused(0, 1)])
        self.assertEqual({'No host for UUID': 1}, reasons)

    def test_at_once(self):
        steps = [(1, 'scheduling'), (2, 'scheduling'), (1, 'scheduled')]
        steps += [(2, 'scheduling'), (2, 'scheduled'), (2, 'scheduled')]
        events = [
            {'at': at, 'event': event, 'scheduler': number}
            for at, (number, event) in enumerate(steps)
        ]
        handled, most = verdicts.at_once(events)
        self.assertEqual({1: 1, 2: 2}, handled)
        self.assertEqual(2, most)
