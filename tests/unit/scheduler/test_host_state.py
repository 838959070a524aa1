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

"""What the scheduler knows of a host, and how it counts on."""

import datetime

import ddt
from nova import test
from nova.objects import compute_node as stock
from nova.scheduler.filters import compute_capabilities_filter

from tests.unit import factories
from tests.unit.scheduler import base

NOW = datetime.datetime.now(datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)


class UpdateTest(test.NoDBTestCase):
    def setUp(self):
        super().setUp()
        self.books = factories.host()
        self.state = base.host()

    def test_takes_the_very_books(self):
        self.state.update(base.compute_node(self.books))
        self.assertIs(self.books, self.state.vgpu_books)
        self.assertEqual(8, self.state.vgpus['GRID small'])

    def test_later_report_counts(self):
        self.state.update(base.compute_node(self.books, updated_at=NOW))
        empty = factories.host(pgpus=0)
        node = base.compute_node(empty, updated_at=NOW + MINUTE)
        self.state.update(node)
        self.assertIs(empty, self.state.vgpu_books)

    def test_report_from_before_is_ignored(self):
        self.state.update(base.compute_node(self.books, updated_at=NOW))
        node = base.compute_node(factories.host(), updated_at=NOW - MINUTE)
        self.state.update(node)
        self.assertIs(self.books, self.state.vgpu_books)

    def test_report_from_before_a_request_is_ignored(self):
        node = base.compute_node(self.books, updated_at=NOW - MINUTE)
        self.state.update(node)
        self.state.consume_from_request(base.request_spec(base.ONE_SMALL))
        consumed = self.state.vgpu_books
        self.state.update(node)
        self.assertIs(consumed, self.state.vgpu_books)

    def test_node_that_was_just_created_is_ignored(self):
        self.state.update(base.compute_node(self.books, free_disk_gb=None))
        self.assertIsNone(self.state.vgpu_books)

    def test_stock_node_has_none(self):
        self.state.update(base.compute_node(version=stock.ComputeNode))
        self.assertIsNone(self.state.vgpu_books)
        self.assertEqual(8, self.state.vcpus_total)

    def test_driver_without_gpus_has_none(self):
        self.state.vgpu_books = self.books
        node = base.compute_node()
        node.vgpus = None
        self.state.update(node)
        self.assertIsNone(self.state.vgpu_books)
        self.assertEqual({}, self.state.vgpus)


@ddt.ddt
class NamesTest(test.NoDBTestCase):
    """Every name of a model leads to its count."""

    def setUp(self):
        super().setUp()
        self.flags(model_aliases={'Old': 'GRID small'}, group='vgpus')
        self.state = base.gpu_host()

    @ddt.data(
        ('GRID small', 8),
        ('grid SMALL', 8),
        ('CUSTOM small', None),
        ('GRID-small', 8),
        ('0001-small', 8),
        ('0001:small', 8),
        ('old', 8),
        ('GRID half', 4),
        ('passthrough', 2),
        ('GRID big', None),
    )
    @ddt.unpack
    def test_name(self, name, expected):
        self.assertEqual(expected, self.state.vgpus.get(name))

    def test_default_is_for_unknown_names(self):
        self.assertEqual(7, self.state.vgpus.get('GRID big', 7))


@ddt.ddt
class StockFilterTest(test.NoDBTestCase):
    """Nova's ComputeCapabilitiesFilter reads the counts."""

    def passes(self, spec, value, state=None):
        stock_filter = compute_capabilities_filter.ComputeCapabilitiesFilter()
        return stock_filter.host_passes(
            state or base.gpu_host(),
            base.request_spec({f'capabilities:vgpus:{spec}': value}),
        )

    @ddt.data(
        ('GRID small', '> 0', True),
        ('GRID small', '> 7', True),
        ('GRID small', '> 8', False),
        ('GRID small', '>= 8', True),
        ('GRID small', '>= 9', False),
        ('GRID small', '= 2', True),
        ('GRID small', '= 9', False),
        ('GRID small', '8', True),
        ('GRID small', 's== 8', True),
        ('GRID small', 's!= 8', False),
        ('GRID small', '<or> 7 <or> 8', True),
        ('GRID small', '<or> 6 <or> 7', False),
        ('GRID small', '> many', False),
        ('GRID small', '>', False),
        ('GRID small', '< 9', True),
        ('GRID small', '< 8', False),
        ('grid small', '> 0', True),
        ('0001-small', '> 0', True),
        ('passthrough', '> 1', True),
        ('passthrough', '> 2', False),
        ('GRID big', '> 0', False),
    )
    @ddt.unpack
    def test_comparison(self, spec, value, expected):
        self.assertIs(expected, self.passes(spec, value))

    @ddt.data('> 0', '< 9', '> many', '>')
    def test_other_counts_have_stocks_operators_only(self, value):
        stock_filter = compute_capabilities_filter.ComputeCapabilitiesFilter()
        for stored, expected in (('4', False), (value, True)):
            state = base.host(stats={'count': stored})
            spec = base.request_spec({'capabilities:count': value})
            self.assertIs(expected, stock_filter.host_passes(state, spec))

    def test_alias(self):
        self.flags(model_aliases={'Old': 'GRID small'}, group='vgpus')
        self.assertTrue(self.passes('Old', '> 0'))

    def test_host_without_gpus_fails(self):
        state = base.host(stats={})
        self.assertFalse(self.passes('GRID small', '> 0', state))

    def test_full_host_fails(self):
        state = base.gpu_host(
            residents=[
                factories.resident(pgpu, factories.WHOLE)
                for pgpu in ('g-0', 'g-1')
            ]
        )
        self.assertFalse(self.passes('GRID small', '> 0', state))


class ConsumeTest(test.NoDBTestCase):
    """Several instances of one request, or of several."""

    def setUp(self):
        super().setUp()
        self.state = base.gpu_host()

    def test_one_instance_after_the_other(self):
        spec = base.request_spec({'vgpus:GRID half': '1'})
        free = []
        for _ in range(4):
            self.state.consume_from_request(spec)
            free.append(self.state.vgpus['GRID half'])
        self.assertEqual([3, 2, 1, 0], free)

    def test_other_models_shrink_too(self):
        self.state.consume_from_request(base.request_spec(base.ONE_SMALL))
        self.assertEqual(7, self.state.vgpus['GRID small'])
        self.assertEqual(2, self.state.vgpus['GRID half'])
        self.assertEqual(1, self.state.vgpus['GRID passthrough'])

    def test_comes_on_top_of_what_the_instance_has(self):
        spec = base.request_spec(base.ONE_SMALL)
        state = base.gpu_host(
            residents=[
                factories.resident('g-0', factories.HALF, spec.instance_uuid)
            ]
        )
        state.vgpu_books = state.vgpu_books.claim(
            spec.instance_uuid, factories.asks(half=1)
        )
        state.consume_from_request(spec)
        self.assertEqual(1, state.vgpus['GRID half'])

    def test_other_instances_take_nothing(self):
        books = self.state.vgpu_books
        self.state.consume_from_request(base.request_spec())
        self.assertIs(books, self.state.vgpu_books)
        self.assertEqual(1, self.state.vcpus_used)

    def test_host_without_gpus_stays_one(self):
        state = base.host()
        state.consume_from_request(base.request_spec(base.ONE_SMALL))
        self.assertIsNone(state.vgpu_books)
