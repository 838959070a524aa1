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

"""The arithmetic by which a race is judged."""

import ddt
from oslotest import base

from tests.race import room
from tests.unit.race import cards

_HOST = cards.host('one', 'two')


@ddt.ddt
class MayShareTest(base.BaseTestCase):
    @ddt.data(
        [],
        ['big', 'big'],
        ['small'] * 3,
        ['whole'],
        ['left', 'right'],
        ['right'] * 3,
    )
    def test_may(self, types):
        self.assertTrue(room.may_share(_HOST, cards.FIRST, types))

    @ddt.data(
        ['big'] * 3,  # by size
        ['small'] * 4,  # by count
        ['big', 'small'],
        ['whole', 'big'],
        ['big', 'whole'],
        ['left', 'left', 'right'],
    )
    def test_may_not(self, types):
        self.assertFalse(room.may_share(_HOST, cards.FIRST, types))


class HasRoomTest(base.BaseTestCase):
    def test_nothing_waits(self):
        self.assertTrue(room.has_room(_HOST, {}, []))

    def test_on_any(self):
        placed = {cards.FIRST: ['big', 'big']}
        self.assertTrue(room.has_room(_HOST, placed, [('big', None)]))

    def test_in_its_group_alone(self):
        placed = {cards.FIRST: ['big', 'big']}
        self.assertTrue(room.has_room(_HOST, placed, [('big', 'two')]))
        self.assertFalse(room.has_room(_HOST, placed, [('big', 'one')]))

    def test_what_waits_is_moved_about(self):
        waiting = [('small', None), ('big', 'one')]
        self.assertTrue(room.has_room(_HOST, {}, waiting))
        waiting.append(('whole', None))
        self.assertFalse(room.has_room(_HOST, {}, waiting))
