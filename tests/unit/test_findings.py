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

import dataclasses

from oslotest import base

from nova_vgpu_ext import capacity
from nova_vgpu_ext import findings
from tests.unit import factories

OWNER = 'an instance'


def kinds(books):
    return [finding.kind for finding in books.findings]


class FindingsTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.promised = factories.host().claim(
            OWNER, factories.asks(small=1, half=1)
        )
        self.runs = self.promised.holding(
            OWNER,
            [
                factories.resident('g-0', factories.SMALL, OWNER),
                factories.resident('g-1', factories.HALF, OWNER),
            ],
        )

    def the_one(self, books, kind):
        (found,) = books.findings
        self.assertEqual(kind, found.kind)
        self.assertIsInstance(found, findings.Finding)
        return found

    def test_nothing_to_find(self):
        foreign = factories.host(residents=[factories.resident('g-0')])
        for books in self.promised, self.runs, foreign:
            self.assertEqual((), books.findings)

    def test_orphan_is_told_once(self):
        books = factories.host(
            residents=[factories.resident('g-0', owner=OWNER)] * 2
        )
        found = self.the_one(books, 'orphan')
        self.assertEqual((OWNER, 'GRID small'), found[1:3])
        self.assertIn('pGPU g-0', found.text)

    def test_instance_that_runs_without_its_vgpus(self):
        books = dataclasses.replace(self.promised, running=[OWNER, 'other'])
        self.assertEqual(['lost', 'lost'], kinds(books))
        self.assertIn('hard reboot', books.findings[0].text)

    def test_instance_that_runs_without_one_of_them(self):
        books = self.promised.holding(OWNER, self.runs.residents[:1])
        books = dataclasses.replace(books, running=[OWNER])
        self.assertEqual('GRID half', self.the_one(books, 'lost').model)

    def test_instance_that_has_them_or_does_not_run(self):
        books = dataclasses.replace(self.runs, running=[OWNER])
        self.assertEqual([], kinds(books))

    def test_model_that_is_gone(self):
        books = factories.host(models=()).claim(OWNER, factories.asks(small=1))
        found = self.the_one(books, 'gone')
        self.assertEqual((OWNER, 'CUSTOM_VGPU_GRID_SMALL'), found[1:3])
        self.assertIn('model_aliases', found.text)

    def test_model_that_has_a_new_name(self):
        models = [
            model._replace(name=model.name.replace('GRID', 'NVIDIA'))
            for model in factories.MODELS
        ]
        books = factories.host(models=models).claim(
            OWNER, factories.asks(small=1), like=self.promised
        )
        found = self.the_one(books, 'renamed')
        self.assertIn('CUSTOM_VGPU_GRID_SMALL is NVIDIA small', found.text)
        self.assertEqual((OWNER, 'NVIDIA small'), found[1:3])

    def test_shortage_by_foreign_vms(self):
        books = factories.host(
            pgpus=1,
            residents=[factories.resident('g-0', factories.HALF, vm='theirs')],
        ).claim(OWNER, factories.asks(small=1))
        found = self.the_one(books, 'short')
        self.assertEqual((None, 'GRID small'), found[1:3])
        self.assertIn('pGPUs: g-0.', found.text)
        self.assertIn('theirs', found.text)


class LackingTest(base.BaseTestCase):
    """What the driver names as running, the tracker narrows down."""

    def setUp(self):
        super().setUp()
        books = factories.host().claim('has', factories.asks(small=1))
        books = books.claim('lacks', factories.asks(small=1)).holding(
            'has', [factories.resident('g-0', owner='has')]
        )
        self.books = dataclasses.replace(
            books, running=('has', 'lacks', 'plain')
        )

    def test_only_who_lacks_is_left(self):
        books = self.books.lacking({'has', 'lacks', 'plain'})
        self.assertEqual(('lacks',), books.running)

    def test_who_is_being_changed_is_not_asked(self):
        self.assertEqual((), self.books.lacking({'has'}).running)

    def test_who_is_told_to_have_changed_is_not_lacking(self):
        books = self.books.lacking({'lacks'}).holding('lacks', ())
        self.assertEqual((), books.running)

    def test_text_keeps_it(self):
        books = self.books.lacking({'lacks'})
        again = capacity.HostVGPUs.from_json(books.to_json())
        self.assertEqual(books, again)
        self.assertEqual(['lost'], kinds(again))
