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

import types

import ddt
import hypothesis
from hypothesis import strategies as st
from oslotest import base

from nova_vgpu_ext import names
from nova_vgpu_ext import request
from tests.unit import strategies  # noqa: F401 -- loads the profile

K1 = 'CUSTOM_VGPU_GRID_K1'
K2 = 'CUSTOM_VGPU_GRID_K2'


class Flavor(types.SimpleNamespace):
    def __contains__(self, field):
        return field in self.__dict__


@ddt.ddt
class FromExtraSpecsTestCase(base.BaseTestCase):
    def _asks(self, extra_specs, aliases=None):
        found = request.VGPURequest.from_extra_specs(extra_specs, aliases)
        return found.items

    def _refused(self, extra_specs, *words):
        error = self.assertRaises(
            request.InvalidVGPURequest, self._asks, extra_specs
        )
        sentence = str(error)
        self.assertTrue(sentence.endswith('.'), sentence)
        for word in words:
            self.assertIn(word, sentence)

    @ddt.data(
        ('vgpus:GRID K1', '1', 1),
        ('vgpus:GRID K1', ' 21 ', 21),
        ('vgpus:GRID K1', 2, 2),
        ('vgpus: grid-k1', '3', 3),
        ('vgpus:GRID:K1', '3', 3),
        ('capabilities:vgpus:GRID K1', '> 0', 1),
        ('capabilities:vgpus:GRID K1', '> 1', 2),
        ('capabilities:vgpus:GRID K1', '>= 1', 1),
        ('capabilities:vgpus:GRID K1', '>=  4', 4),
        ('capabilities:vgpus:GRID K1', ' = 2 ', 2),
    )
    @ddt.unpack
    def test_forms(self, spec, value, count):
        self.assertEqual(((K1, count),), self._asks({spec: value}))

    @ddt.data(
        '0', '-1', '+1', '1.0', '01', 'one', '', '> 0', '1 1', '1e1', '٣',
        '10000000000000', None, True,
    )  # fmt: skip
    def test_bad_counts(self, value):
        self._refused(
            {'vgpus:GRID K1': value}, "'vgpus:GRID K1'", f"'{value}'"
        )

    @ddt.data(
        '1', '>0', '> -1', '> 0 1', '>= 0', '= 0', '< 1', '<= 1', '== 1',
        '!= 1', 's== 1', 's> 0', '<in> 1', '<or> 1', '<all-in> 1', '', '>',
        '> one', '> 1.5', None, '> ٣',
    )  # fmt: skip
    def test_bad_comparisons(self, value):
        spec = 'capabilities:vgpus:GRID K1'
        self._refused({spec: value}, f"'{spec}'='{value}'", "'> n'")

    @ddt.data(
        'vgpus:',
        'vgpus: ',
        'capabilities:vgpus:',
        'vgpus:' + 'x' * (names.MAX_LENGTH + 1),
    )
    def test_bad_names(self, spec):
        self._refused({spec: '1'}, 'must name a vGPU model')

    def test_the_longest_name(self):
        name = 'x' * names.MAX_LENGTH
        self.assertTrue(self._asks({f'vgpus:{name}': '1'}))

    def test_no_colon_in_the_capabilities_form(self):
        self._refused(
            {'capabilities:vgpus:A:B': '> 0'}, "'capabilities:vgpus:A-B'"
        )

    @ddt.data('vgpus', 'capabilities:vgpus')
    def test_bare_keys(self, spec):
        self._refused({spec: '1'}, f"'{spec}'", "'vgpus:<model>'")

    @ddt.data('resources', 'resources1', 'resources_GPU')
    def test_form_of_placement(self, prefix):
        spec = f'{prefix}:{K1}'
        self.assertEqual(((K1, 2),), self._asks({spec: '2'}))
        self.assertTrue(request.is_resource(spec))

    def test_groups_of_a_resource_add_up(self):
        specs = {f'resources:{K1}': '1', f'resources2:{K1}': '2'}
        self.assertEqual(((K1, 3),), self._asks(specs))
        self.assertEqual(
            ((K1, 3),), self._asks({**specs, f'vgpus:{K1[12:]}': '3'})
        )
        self._refused(
            {**specs, 'vgpus:GRID K1': '1'}, 'ask for 1 and 3', 'agree'
        )

    @ddt.data('0', '', 'one')
    def test_bad_counts_of_resources(self, value):
        self._refused({f'resources:{K1}': value}, f"'resources:{K1}'")

    @ddt.data(
        'resources1:CUSTOM_VGPU_GRID K1', 'resources1:CUSTOM_VGPU_Grid_k1'
    )
    def test_no_resource_class(self, spec):
        self._refused({spec: '1'}, f"write it 'resources1:{K1}'")

    def test_no_model_in_a_resource(self):
        self._refused(
            {'resources:CUSTOM_VGPU_': '1'}, 'must name a vGPU model'
        )

    @ddt.data(
        'hw:cpu_policy',
        'resources:VGPU',
        'resources:CUSTOM_VGPUS',
        'capabilities:vcpus',
        'vgpus2:GRID K1',
        'resources 2:CUSTOM_VGPU_GRID_K1',
        'trait:CUSTOM_VGPU',
        '',
    )
    def test_what_is_not_about_vgpus(self, spec):
        self.assertEqual((), self._asks({spec: 'anything'}))

    def test_without_vgpus(self):
        others = {'hw:cpu_policy': 'dedicated', 'resources:VGPU': '1'}
        forms = {
            'vgpus:GRID K2': '1',
            'capabilities:vgpus:GRID K2': '> 0',
            'resources1:CUSTOM_VGPU_GRID_K2': '1',
        }
        self.assertEqual(others, request.without_vgpus({**forms, **others}))

    def test_models_add_up(self):
        self.assertEqual(
            ((K1, 2), (K2, 1)),
            self._asks(
                {
                    'vgpus:GRID K2': '1',
                    'capabilities:vgpus:GRID K1': '> 1',
                    'hw:mem': '1',
                }
            ),
        )

    def test_forms_that_agree(self):
        self.assertEqual(
            ((K1, 2),),
            self._asks(
                {
                    'vgpus:GRID K1': '2',
                    'vgpus:grid k1': '2',
                    'capabilities:vgpus:GRID-K1': '>= 2',
                }
            ),
        )

    def test_forms_that_disagree(self):
        specs = {'vgpus:GRID K1': '2', 'capabilities:vgpus:GRID K1': '> 0'}
        self._refused(specs, *specs, 'agree', '1 and 2')

    def test_too_many(self):
        self._refused({'vgpus:a': '21', 'vgpus:b': '1'}, '22', '21')

    def test_aliases_give_the_name_of_today(self):
        aliases = {K1: K2}
        self.assertEqual(
            ((K2, 1),), self._asks({'vgpus:GRID K1': '1'}, aliases)
        )
        self.assertEqual(
            ((K2, 1),),
            self._asks({'vgpus:GRID K1': '1', 'vgpus:GRID K2': '1'}, aliases),
        )

    def test_an_alias_and_its_name_must_agree(self):
        self.assertRaises(
            request.InvalidVGPURequest,
            self._asks,
            {'vgpus:GRID K1': '1', 'vgpus:GRID K2': '2'},
            {K1: K2},
        )

    _spec = st.one_of(
        st.text(),
        st.sampled_from(['vgpus', 'capabilities:vgpus']),
        st.builds(
            str.__add__,
            st.sampled_from(
                ['vgpus:', 'capabilities:vgpus:', 'resources:CUSTOM_VGPU_']
            ),
            st.text(max_size=5),
        ),
    )
    _value = st.one_of(
        st.text(),
        st.from_regex('[<>=s!]{0,3} ?[0-9]{0,12}', fullmatch=True),
    )

    @hypothesis.given(st.dictionaries(_spec, _value, max_size=4))
    def test_anything_is_a_request_or_refused(self, extra_specs):
        try:
            found = request.VGPURequest.from_extra_specs(extra_specs)
        except request.InvalidVGPURequest as error:
            self.assertTrue(str(error).endswith('.'))
        else:
            total = sum(count for _, count in found.items)
            self.assertLessEqual(total, request.MOST_PER_INSTANCE)
            self.assertEqual(total, len(list(found.keys())))


class RequestTestCase(base.BaseTestCase):
    def test_from_flavor(self):
        flavor = Flavor(extra_specs={'vgpus:GRID K1': '2'})
        found = request.VGPURequest.from_flavor(flavor)
        self.assertEqual(((K1, 2),), found.items)

    def test_flavor_without_extra_specs(self):
        for flavor in (Flavor(), Flavor(extra_specs={})):
            found = request.VGPURequest.from_flavor(flavor)
            self.assertFalse(found)
            self.assertEqual('', str(found))

    def test_spoken_of_as_the_flavor_spells_it(self):
        found = request.VGPURequest.from_extra_specs(
            {'vgpus:Grid K2': '1', 'vgpus:GRID K1': '2'}
        )
        self.assertEqual('2 x GRID K1, 1 x Grid K2', str(found))

    def test_spoken_of_by_key_if_not_spelled(self):
        self.assertEqual(f'1 x {K1}', str(request.VGPURequest(((K1, 1),))))

    def test_equal_whatever_the_spelling(self):
        one = request.VGPURequest.of({'GRID K1': 1})
        other = request.VGPURequest.of({'grid_k1': 1})
        self.assertEqual(one, other)
        self.assertEqual(1, len({one, other}))
        self.assertNotEqual(one, request.VGPURequest.of({'GRID K1': 2}))

    def test_spellings_of_one_model_add_up(self):
        found = request.VGPURequest.of({'GRID K1': 1, 'grid_k1': 2})
        self.assertEqual(((K1, 3),), found.items)

    def test_keys_are_in_device_order(self):
        found = request.VGPURequest.of({'GRID K2': 2, 'GRID K1': 1})
        self.assertEqual([K1, K2, K2], list(found.keys()))
        self.assertTrue(found)


@ddt.ddt
class AliasTestCase(base.BaseTestCase):
    def test_names_that_changed_twice(self):
        self.assertEqual(
            {K1: 'CUSTOM_VGPU_GRID_K3', K2: 'CUSTOM_VGPU_GRID_K3'},
            request.alias_keys({'GRID K1': 'GRID K2', 'grid-k2': 'GRID K3'}),
        )

    def test_another_spelling_is_no_alias(self):
        self.assertEqual({}, request.alias_keys({'GRID-K1': 'GRID K1'}))

    @ddt.data(
        {'a': 'b', 'b': 'a'},
        {'a': 'b', 'b': 'c', 'c': 'b'},
    )
    def test_circles_are_refused(self, aliases):
        error = self.assertRaises(
            request.InvalidVGPURequest, request.alias_keys, aliases
        )
        self.assertIn('circle', str(error))
