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
from nova_vgpu_ext.virt import inventory

SMALL = capacity.Model('i-small', 'Small One', 1, 4)
LARGE = capacity.Model('i-large', 'Large', 4, 1)
TWIN = capacity.Model('i-twin', 'LARGE', 2, 2)
WHOLE = capacity.Model('i-whole', 'Card passthrough', 4, 1, passthrough=True)
MODELS = (SMALL, LARGE, WHOLE)


def books(models=MODELS, **settings):
    offer = frozenset(model.identifier for model in models)
    return inventory.host_vgpus(
        models,
        [capacity.Group('g')],
        [capacity.PGPU(name, 'g', 4, offer) for name in 'ab'],
        [capacity.Resident('a', 'i-small', None, 'stranger')],
        **settings,
    )


@ddt.ddt
class EnabledModelsTest(base.BaseTestCase):
    @ddt.data(
        ((), {'i-small', 'i-large', 'i-whole'}),
        (('Small One',), {'i-small'}),
        (('small-one', 'LARGE'), {'i-small', 'i-large'}),
        (('i-large',), {'i-large'}),
        (('passthrough',), {'i-whole'}),
        (('unknown',), set()),
    )
    @ddt.unpack
    def test_offered(self, enabled, offered):
        found = books(enabled=enabled)
        self.assertEqual(
            offered, {m.identifier for m in found.models if m.offered}
        )

    def test_all_models_of_a_name(self):
        found = books((LARGE, TWIN, SMALL), enabled=['Large'])
        self.assertEqual(
            ['i-large', 'i-twin'],
            [m.identifier for m in found.models if m.offered],
        )

    def test_old_name(self):
        found = books(
            enabled=['Former'],
            aliases={'CUSTOM_VGPU_FORMER': 'CUSTOM_VGPU_LARGE'},
        )
        self.assertEqual(
            ['i-large'], [m.identifier for m in found.models if m.offered]
        )

    def test_what_runs_still_counts(self):
        self.assertEqual(1, len(books(enabled=['Large']).residents))
        self.assertEqual(1, books(enabled=['Large']).free['Large'])


class ReservedPGPUsTest(base.BaseTestCase):
    def test_reserved(self):
        found = books(reserved=['b'])
        self.assertEqual([False, True], [p.reserved for p in found.pgpus])
        self.assertEqual(0, found.free['Large'])


class FindingsTest(base.BaseTestCase):
    def test_none(self):
        self.assertEqual(
            [],
            inventory.findings(books(), ['small one', 'passthrough'], ['a']),
        )

    def test_each_unknown_name_is_a_sentence(self):
        model, pgpu = inventory.findings(books(), ['Lrge'], ['c'])
        self.assertEqual(
            "[vgpus] enabled_models names 'Lrge', which this host does not "
            'have; its models are Card passthrough, Large, Small One.',
            model,
        )
        self.assertEqual(
            "[vgpus] reserved_pgpus names 'c', which this host does not "
            'have; its pGPUs are a, b.',
            pgpu,
        )
