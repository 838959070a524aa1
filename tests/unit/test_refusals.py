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

import hypothesis
from hypothesis import strategies as st
from oslotest import base

from nova_vgpu_ext import refusals
from nova_vgpu_ext import request

# As extra specs allow, without what a name can't end with.
NAMES = st.from_regex(
    r'[A-Za-z0-9][A-Za-z0-9_. -]{0,38}[A-Za-z0-9]', fullmatch=True
)
WANTED = st.dictionaries(
    NAMES, st.integers(1, 21), min_size=1, max_size=3
).map(request.VGPURequest.of)


class RefusalsTest(base.BaseTestCase):
    def test_sentence(self):
        wanted = request.VGPURequest.of({'GRID K2': 2, 'GRID K1': 1})
        self.assertEqual(
            'not enough vGPUs: 1 x GRID K1, 2 x GRID K2',
            refusals.sentence(wanted),
        )
        self.assertEqual(
            'not enough vGPUs for each of 3 instances: '
            '1 x GRID K1, 2 x GRID K2; '
            'no host has more free than 0 x GRID K1, 1 x GRID K2',
            refusals.sentence(
                wanted,
                3,
                {'CUSTOM_VGPU_GRID_K1': 0, 'CUSTOM_VGPU_GRID_K2': 1},
            ),
        )

    def test_length(self):
        wanted = request.VGPURequest.of({'a' * 150: 1, 'b' * 150: 1})
        text = refusals.sentence(wanted)
        self.assertEqual(200, len(text))
        self.assertEqual(('a' * 150,), refusals.models_in(text))
        self.assertEqual(text, refusals.told_in(f'Short: {text}'))

    @hypothesis.given(WANTED, st.integers(1, 9), st.booleans())
    def test_what_is_told_can_be_read(self, wanted, count, exposed):
        most = dict.fromkeys(wanted.keys(), 3) if exposed else None
        text = refusals.sentence(wanted, count, most)
        message = f'No valid host was found. There are {text}.'
        self.assertEqual(text, refusals.told_in(message))
        names = [wanted.spelled[key] for key, _ in wanted.items]
        whole = not text.endswith('...') or '; no host' in text
        if whole:
            self.assertEqual(names, list(refusals.models_in(message)))
        else:
            self.assertLess(len(refusals.models_in(message)), len(names))

    def test_refusal_of_the_hypervisor(self):
        message = 'Insufficient: not enough vGPUs: GRID K260Q, GRID K240Q.'
        self.assertEqual(
            ('GRID K260Q', 'GRID K240Q'), refusals.models_in(message)
        )

    def test_more_that_nova_says(self):
        for more in ('Exhausted all hosts', 'Exceeded max attempts 3'):
            text = f'Refused: not enough vGPUs: 1 x GRID K1.5. {more} for it.'
            self.assertEqual(('GRID K1.5',), refusals.models_in(text))

    def test_other_messages(self):
        for text in ('', 'No valid host was found.', 'not enough memory: 1'):
            self.assertIsNone(refusals.told_in(text))
            self.assertEqual((), refusals.models_in(text))
