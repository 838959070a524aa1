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
from tests.unit import factories

SMALL, HALF, WHOLE = factories.MODELS


def parts(**changes):
    """The fields of a good host, changed."""
    good = factories.host()
    fields = ('models', 'groups', 'pgpus', 'residents', 'claims')
    return {**{field: getattr(good, field) for field in fields}, **changes}


def pgpu(**changes):
    return capacity.PGPU('p', 'g', 4, factories.ALL)._replace(**changes)


@ddt.ddt
class CheckTestCase(base.BaseTestCase):
    @ddt.data(
        ('a model is there twice', {'models': [*factories.MODELS, SMALL]}),
        ('a group is there twice', {'groups': [capacity.Group('g')] * 2}),
        ('a pGPU is there twice', {'pgpus': [pgpu(), pgpu()]}),
        ('algorithm random', {'groups': [capacity.Group('g', 'random')]}),
        ('not positive', {'models': [SMALL._replace(size=0), HALF, WHOLE]}),
        ('not positive', {'models': [SMALL._replace(limit=-1), HALF, WHOLE]}),
        (
            'no identifier',
            {'models': [*factories.MODELS, HALF._replace(identifier='')]},
        ),
        (
            'punctuation or case alone',
            {
                'models': [
                    *factories.MODELS,
                    HALF._replace(identifier='0001,HALF'),
                ]
            },
        ),
        (
            'do not mix both ways',
            {
                'models': [
                    SMALL._replace(mixes=frozenset([HALF.identifier])),
                    HALF,
                    WHOLE,
                ]
            },
        ),
        (
            'do not mix both ways',
            {'models': [SMALL._replace(mixes=frozenset(['x'])), HALF, WHOLE]},
        ),
        (
            'in a VM with x, which is unknown',
            {
                'models': [
                    SMALL._replace(companions=frozenset(['x'])),
                    HALF,
                    WHOLE,
                ]
            },
        ),
        ('unknown group', {'pgpus': [pgpu(group='x')]}),
        ('unknown or too big', {'pgpus': [pgpu(size=3)]}),
        ('unknown or too big', {'pgpus': [pgpu(models=frozenset('x'))]}),
        ('differ in size', {'pgpus': [pgpu(), pgpu(id='q', size=8)]}),
        (
            'cards of two kinds',
            {
                'models': [
                    *factories.MODELS,
                    WHOLE._replace(identifier='other'),
                ],
                'pgpus': [
                    pgpu(),
                    pgpu(id='q', models=frozenset(['other'])),
                ],
            },
        ),
        ('one of which is unknown', {'residents': [factories.resident('x')]}),
        (
            'one of which is unknown',
            {'residents': [capacity.Resident('g-0', 'x')]},
        ),
        (
            'without a uuid',
            {'residents': [factories.resident('g-0', owner='')]},
        ),
        ('me has a claim', {'claims': [capacity.Claim('me', 'K', 'x', 'g')]}),
        (
            'me has a claim',
            {'claims': [capacity.Claim('me', 'K', SMALL.identifier, 'x')]},
        ),
        ('me has a claim', {'claims': [capacity.Claim('me', 'K', '', 'g')]}),
    )
    @ddt.unpack
    def test_contradictions_are_refused(self, words, changes):
        error = self.assertRaises(
            capacity.InvalidVGPUs, capacity.HostVGPUs, **parts(**changes)
        )
        self.assertIn(words, str(error))

    def test_a_host_without_gpus_is_fine(self):
        books = capacity.HostVGPUs()
        self.assertEqual({}, books.free)
        self.assertEqual((), books.rows)

    def test_order_does_not_matter(self):
        good = parts()
        turned = {field: tuple(good[field])[::-1] for field in good}
        self.assertEqual(
            capacity.HostVGPUs(**good), capacity.HostVGPUs(**turned)
        )
