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

"""What one scheduler would have placed."""

from oslotest import base

from tests.race import boot
from tests.race import bound
from tests.unit.race import cards


def _boots(*models):
    return [
        boot.Boot(f'vm-{number}', model, number, number + 1, False)
        for number, model in enumerate(models)
    ]


class BoundTest(base.BaseTestCase):
    def _granted(self, boots, hosts=2, running=None):
        names = [f'host-{number}' for number in range(hosts)]
        its_cards = dict.fromkeys(names, cards.host('one'))
        return bound.granted(its_cards, running or {}, boots)

    def test_exact_fill(self):
        self.assertEqual(4, self._granted(_boots(*['Big'] * 7)))

    def test_nothing_is_spoilt(self):
        """Started GPUs are filled first, so that one host stays whole."""
        boots = _boots('Small', 'Small', 'Small', 'Whole')
        self.assertEqual(4, self._granted(boots))

    def test_in_the_order_of_arrival(self):
        boots = _boots('Whole', 'Big', 'Small')
        self.assertEqual(1, self._granted(boots, hosts=1))
        self.assertEqual(1, self._granted(boots[::-1], hosts=1))

    def test_what_is_there_already(self):
        running = {'host-0': {'old': (('big', cards.FIRST),)}}
        self.assertEqual(3, self._granted(_boots(*['Big'] * 4), 2, running))
        self.assertEqual(0, self._granted(_boots('Small'), 1, running))
