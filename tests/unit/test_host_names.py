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

import ddt
from oslotest import base

from nova_vgpu_ext import capacity
from nova_vgpu_ext import host_names
from nova_vgpu_ext import names


def model(identifier, name, passthrough=False):
    return capacity.Model(identifier, name, 1, 1, passthrough)


@ddt.ddt
class HostNamesTestCase(base.BaseTestCase):
    def _named(self, *models):
        return host_names.HostNames([model(*one) for one in models])

    def _models_of(self, found, name):
        return found.models_of(names.canonical_key(name))

    def test_a_model_answers_to_both_names(self):
        found = self._named(('0001:k2,1', 'GRID K2'))
        self.assertEqual('GRID K2', found.shown('0001:k2,1'))
        for name in ('GRID K2', 'grid-k2', '0001-k2-1'):
            self.assertEqual(('0001:k2,1',), self._models_of(found, name))

    def test_an_unknown_name_means_nothing(self):
        found = self._named(('0001:k2,1', 'GRID K2'))
        self.assertEqual((), self._models_of(found, 'GRID K1'))
        self.assertEqual((), self._models_of(found, 'passthrough'))

    @ddt.data(
        ('GRID K2', 'GRID K2'),
        ('GRID K2', 'grid_k2'),
        ('', ''),
        ('  ', '\t'),
    )
    def test_equal_or_empty_plain_names_do_not_count(self, plain):
        found = self._named(('a:1', plain[0]), ('a:2', plain[1]))
        self.assertEqual('a-1', found.shown('a:1'))
        self.assertEqual('a-2', found.shown('a:2'))
        self.assertEqual(('a:2',), self._models_of(found, 'a-2'))
        self.assertEqual((), self._models_of(found, plain[0]))

    @ddt.data(('a:1', 'a:2'), ('a:2', 'a:1'))
    @ddt.unpack
    def test_a_second_name_is_never_taken_by_a_plain_one(self, one, other):
        found = self._named((one, other), (other, 'other'))
        self.assertEqual((other,), self._models_of(found, other))
        self.assertEqual(names.shown(one), found.shown(one))
        self.assertEqual('other', found.shown(other))

    def test_a_plain_name_may_equal_the_own_second_name(self):
        found = self._named(('a:1', 'A-1'))
        self.assertEqual('A-1', found.shown('a:1'))
        self.assertEqual(('a:1',), self._models_of(found, 'a-1'))

    def test_passthrough_alone_means_any_card(self):
        found = self._named(
            ('k1', 'K1 passthrough', True),
            ('k2', 'passthrough', True),
            ('k3', 'passthrough'),
        )
        self.assertEqual(('k1', 'k2'), self._models_of(found, 'Passthrough'))
        self.assertEqual(('k1',), self._models_of(found, 'K1 passthrough'))
        self.assertEqual('k2', found.shown('k2'))
        self.assertEqual('k3', found.shown('k3'))

    def test_no_model_is_called_passthrough_alone(self):
        found = self._named(('k1', 'passthrough', True), ('k2', 'K2', True))
        self.assertEqual('k1', found.shown('k1'))
        self.assertEqual(('k1', 'k2'), self._models_of(found, 'passthrough'))

    def test_keys_of_a_model(self):
        found = self._named(('k1', 'K1 whole', True), ('k2', 'K2'))
        self.assertEqual(
            [
                names.canonical_key(n)
                for n in ('K1 whole', 'k1', 'passthrough')
            ],
            list(found.keys_of('k1')),
        )
        self.assertEqual(2, len(found.keys_of('k2')))
        self.assertEqual((), found.keys_of('vanished'))
