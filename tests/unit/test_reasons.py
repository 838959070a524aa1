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

"""Why a host can't have what a flavor asks for."""

import dataclasses

import hypothesis
from hypothesis import strategies as st
from oslotest import base

from nova_vgpu_ext import capacity
from nova_vgpu_ext import reasons
from nova_vgpu_ext import request
from tests.unit import factories
from tests.unit import strategies

OWNER = '00000000-0000-0000-0000-000000000001'
PROMISED = (
    'it would start now, but then instances that are stopped, on their way '
    'or just started might not get the vGPUs promised to them.'
)
FULL = [factories.resident(f'g-{n}', factories.WHOLE) for n in range(2)]


class OfHostTest(base.BaseTestCase):
    def assert_reason(self, expected, books, **counts):
        wanted = factories.asks(**counts)
        self.assertEqual(expected, reasons.of_host(books, wanted))

    def test_it_fits(self):
        self.assert_reason(None, factories.host(), small=8)

    def test_nothing_is_asked_for(self):
        self.assertIsNone(reasons.of_host(None, request.NOTHING))
        self.assert_reason(None, factories.host(residents=FULL))

    def test_no_gpus(self):
        self.assert_reason('The host reports no GPUs.', None, small=1)

    def test_no_such_model(self):
        self.assert_reason(
            'The host has no vGPU model GRID big.',
            factories.host(),
            small=1,
            big=1,
        )

    def test_model_is_held_back(self):
        models = factories.SMALL._replace(offered=False), factories.HALF
        self.assert_reason(
            'The vGPU model GRID small is held back on the host: its [vgpus] '
            'enabled_models does not name it.',
            factories.host(models=models),
            small=1,
        )

    def test_model_is_disabled(self):
        enabled = frozenset([factories.SMALL.identifier])
        pgpu = factories.host().pgpus[0]._replace(models=enabled)
        self.assert_reason(
            'No physical GPU of the host has the vGPU model GRID half '
            'enabled.',
            dataclasses.replace(factories.host(), pgpus=(pgpu,)),
            half=1,
        )

    def test_gpus_are_held_back(self):
        self.assert_reason(
            'All physical GPUs of the host that have the vGPU model GRID '
            'small are held back by [vgpus] reserved_pgpus.',
            factories.host(reserved=True),
            small=1,
        )

    def test_more_than_there_ever_is(self):
        self.assert_reason(
            'Even with nothing on it, the host could not give one VM 9 x '
            'GRID small.',
            factories.host(residents=FULL),
            small=9,
        )

    def test_what_one_vm_can_not_have(self):
        models = factories.alone(factories.SMALL), factories.HALF
        self.assert_reason(
            'Even with nothing on it, the host could not give one VM 2 x '
            'GRID small.',
            factories.host(models=models),
            small=2,
        )

    def test_all_are_taken(self):
        self.assert_reason(
            'Of the vGPU model GRID small, 0 of 8 are free, and 1 asked for.',
            factories.host(residents=FULL),
            small=1,
        )

    def test_too_few_are_left(self):
        self.assert_reason(
            'Of the vGPU model passthrough, 1 of 2 are free, and 2 asked for.',
            factories.host(residents=[factories.resident('g-0')]),
            passthrough=2,
        )

    def test_enough_but_not_for_one_vm(self):
        """A VM may have any number of either card, but not of both."""
        one, other = (
            factories.WHOLE._replace(
                identifier=name, name=name, companions=frozenset([name])
            )
            for name in ('one', 'other')
        )
        pgpus = [
            capacity.PGPU(identifier, group, 4, frozenset([model.identifier]))
            for identifier, group, model in (
                ('g-0', 'g', one),
                ('g-1', 'g', one),
                ('h-0', 'h', other),
            )
        ]
        groups = [capacity.Group('g'), capacity.Group('h')]
        books = capacity.HostVGPUs([one, other], groups, pgpus)
        self.assert_reason(None, books, passthrough=2)
        self.assert_reason(
            'Of the vGPU model passthrough, 2 of 3 are free, but not 2 that '
            'one VM may have together.',
            dataclasses.replace(
                books, residents=[factories.resident('g-0', one)]
            ),
            passthrough=2,
        )

    def test_promised_to_who_is_stopped(self):
        books = factories.host().claim(OWNER, factories.asks(passthrough=2))
        self.assert_reason(
            'Of the vGPU model GRID small, 0 of 8 are free, and 1 asked for: '
            f'{PROMISED}',
            books,
            small=1,
        )

    def test_models_that_fit_alone_only(self):
        self.assert_reason(
            'Each of the models would fit alone, but not 2 x GRID half, 1 x '
            'GRID small together.',
            factories.host(residents=FULL[:1]),
            half=2,
            small=1,
        )

    def test_two_models_of_which_both_are_promised(self):
        books = factories.host(pgpus=3)
        books = books.claim(OWNER, factories.asks(passthrough=2))
        self.assert_reason(
            'Each of the models would fit alone, but not 1 x GRID half, 1 x '
            f'GRID small together: {PROMISED}',
            books,
            half=1,
            small=1,
        )

    @hypothesis.given(st.data())
    def test_there_is_a_reason_where_it_does_not_fit(self, data):
        """And it is one sentence."""
        books = data.draw(strategies.hosts(groups=2))
        for number in range(data.draw(st.integers(0, 3))):
            wanted = data.draw(strategies.requests(books))
            if books.fits(wanted):
                books = books.claim(f'{OWNER}{number}', wanted)
        wanted = data.draw(strategies.requests(books))
        reason = reasons.of_host(books, wanted)
        self.assertEqual(reasons.fits(books, wanted), reason is None)
        if reason:
            self.assertRegex(reason, r'^[A-Z].*\.$')


class UnknownModelsTest(base.BaseTestCase):
    def test_some_host_has_each(self):
        only_half = factories.host(models=[factories.HALF])
        self.assertEqual(
            [],
            reasons.unknown_models(
                [None, only_half, factories.host()],
                factories.asks(small=1, half=1),
            ),
        )

    def test_no_host_has_them(self):
        wanted = request.VGPURequest.of({'b g': 1, 'big': 1, 'GRID half': 1})
        unknown = reasons.unknown_models(iter([factories.host()]), wanted)
        self.assertEqual(['big', 'b g'], unknown)
        sentence = reasons.nowhere(unknown)
        self.assertTrue(
            sentence.startswith('No host has the vGPU models big, b g: see'),
            sentence,
        )
        self.assertTrue(
            reasons.nowhere(['x']).startswith('No host has the vGPU model x:')
        )

    def test_no_hosts(self):
        self.assertEqual(
            ['GRID small'],
            reasons.unknown_models([], factories.asks(small=1)),
        )
