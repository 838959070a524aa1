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

import re

import ddt
import hypothesis
from hypothesis import strategies as st
from oslotest import base

from nova_vgpu_ext import names


@ddt.ddt
class NamesTestCase(base.BaseTestCase):
    @ddt.data(
        ('GRID K260Q', 'CUSTOM_VGPU_GRID_K260Q'),
        ('grid_k260q', 'CUSTOM_VGPU_GRID_K260Q'),
        ('  GRID-K260Q ', 'CUSTOM_VGPU_GRID_K260Q'),
        ('NVIDIA A16-2Q', 'CUSTOM_VGPU_NVIDIA_A16_2Q'),
        ('Fußball', 'CUSTOM_VGPU_FU_BALL'),
        ('passthrough', names.ANY_PASSTHROUGH_KEY),
    )
    @ddt.unpack
    def test_canonical_key(self, name, key):
        self.assertEqual(key, names.canonical_key(name))

    @ddt.data(
        ('GRID K260Q', 'GRID K260Q'),
        (' A:B/C ', 'A-B-C'),
        ('Intel GVT-g_1.2', 'Intel GVT-g_1.2'),
        ('\t', ''),
    )
    @ddt.unpack
    def test_shown(self, name, shown):
        self.assertEqual(shown, names.shown(name))

    def test_second_name(self):
        self.assertEqual(
            '0001-nvidia-11bf--11b0-101b',
            names.second_name('0001:nvidia,11bf,,11b0,101b'),
        )

    @hypothesis.given(st.text())
    def test_key_is_the_same_of_the_shown_name(self, name):
        self.assertEqual(
            names.canonical_key(name),
            names.canonical_key(names.shown(name)),
        )

    @hypothesis.given(st.text(max_size=names.MAX_LENGTH))
    def test_key_is_a_resource_class(self, name):
        key = names.canonical_key(name)
        self.assertTrue(re.fullmatch('CUSTOM_[A-Z0-9_]+', key), key)
        self.assertLessEqual(len(key), 255)

    @hypothesis.given(st.text())
    def test_shown_name_is_legal_in_an_extra_spec(self, name):
        # nova.api.validation.parameter_types allows these, and a colon.
        self.assertTrue(
            re.fullmatch('[a-zA-Z0-9-_. ]*', names.shown(name)), name
        )
