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

"""Bodies of answers."""

import datetime
import json
from unittest import mock

from nova.api.openstack import wsgi
from oslotest import base

from nova_vgpu_ext import capacity
from nova_vgpu_ext.api import reports
from nova_vgpu_ext.api import views
from tests.unit import factories

OWNER = '00000000-0000-0000-0000-000000000001'
OTHER = '00000000-0000-0000-0000-000000000002'
MORNING = datetime.datetime(2026, 1, 1, 8, tzinfo=datetime.UTC)
NOON = MORNING.replace(hour=12)


def report(books=None, host='h', updated_at=NOON, problem=None):
    return reports.Report(host, updated_at, books, problem)


class TotalsTest(base.BaseTestCase):
    def test_sums_over_hosts(self):
        full = [factories.resident('g-0', factories.WHOLE)]
        books = [factories.host(), factories.host(residents=full)]
        self.assertEqual(
            [
                {'model': 'GRID half', 'max': 8, 'used': 0, 'free': 6},
                {'model': 'GRID passthrough', 'max': 4, 'used': 1, 'free': 3},
                {'model': 'GRID small', 'max': 16, 'used': 0, 'free': 12},
            ],
            views.totals(books),
        )

    def test_spellings_of_one_model(self):
        models = [factories.SMALL._replace(name='grid-SMALL')]
        books = [factories.host(models=models), factories.host(pgpus=1)]
        totals = {one['model']: one['max'] for one in views.totals(books)}
        self.assertEqual(12, totals['GRID small'])
        self.assertNotIn('grid-SMALL', totals)

    def test_no_hosts(self):
        self.assertEqual([], views.totals([]))


class HostTest(base.BaseTestCase):
    def test_in_a_list(self):
        self.assertEqual(
            {
                'host': 'h',
                'updated_at': '2026-01-01T12:00:00+00:00',
                'models': views.totals([factories.host()]),
                'problem': None,
            },
            views.host('h', [report(factories.host())]),
        )

    def test_that_can_not_be_read(self):
        seen = views.host('h', [report(problem='It is wrong.')])
        self.assertEqual([], seen['models'])
        self.assertEqual('It is wrong.', seen['problem'])

    def test_of_several_nodes(self):
        found = [
            report(factories.host(), updated_at=MORNING),
            report(factories.host()),
            report(problem='It is wrong.'),
        ]
        seen = views.host_in_full('h', found)
        self.assertEqual(4, len(seen['pgpus']))
        self.assertEqual(views.totals([factories.host()] * 2), seen['models'])
        self.assertEqual('2026-01-01T08:00:00+00:00', seen['updated_at'])
        self.assertEqual('It is wrong.', seen['problem'])

    def test_without_gpus(self):
        seen = views.host_in_full('h', [report()])
        self.assertEqual([], seen['models'] + seen['pgpus'] + seen['claims'])


class HostInFullTest(base.BaseTestCase):
    def see(self, books):
        seen = views.host_in_full('h', [report(books)])
        return json.loads(json.dumps(seen))

    def test_pgpu(self):
        models = [factories.SMALL, factories.HALF]
        books = factories.host(models=models, pgpus=1, reserved=True)
        self.assertEqual(
            [
                {
                    'id': 'g-0',
                    'group': 'g',
                    'size': books.pgpus[0].size,
                    'reserved': True,
                    'models': ['GRID half', 'GRID small'],
                    'vgpus': [],
                }
            ],
            self.see(books)['pgpus'],
        )

    def test_who_holds_what(self):
        residents = [
            factories.resident('g-0', owner=OWNER),
            factories.resident('g-1', vm='theirs'),
        ]
        seen = self.see(factories.host(residents=residents))
        small = {'model': 'GRID small', 'size': factories.SMALL.size}
        self.assertEqual(
            [
                [{**small, 'server': OWNER, 'vm': None}],
                [{**small, 'server': None, 'vm': 'theirs'}],
            ],
            [pgpu['vgpus'] for pgpu in seen['pgpus']],
        )
        (finding,) = seen['findings']
        self.assertEqual(
            ('orphan', OWNER, 'GRID small'),
            (finding['kind'], finding['instance'], finding['model']),
        )

    def test_claims(self):
        books = factories.host()
        books = books.claim(OWNER, factories.asks(small=2))
        books = books.claim(OTHER, factories.asks(big=1))
        books = books.holding(OWNER, [factories.resident('g-0', owner=OWNER)])
        small, big = 'GRID small', 'CUSTOM_VGPU_GRID_BIG'
        self.assertCountEqual(
            [(OWNER, small, False), (OWNER, small, True), (OTHER, big, True)],
            [tuple(claim.values()) for claim in self.see(books)['claims']],
        )


class ByHostTest(base.BaseTestCase):
    def test_nodes_of_one_host_are_together(self):
        found = [report(host=host) for host in 'aab']
        self.assertEqual(
            [('a', found[:2]), ('b', found[2:])], list(views.by_host(found))
        )


class LinksTest(base.BaseTestCase):
    def test_next_page(self):
        request = wsgi.Request.blank(
            '/hosts?limit=2&marker=a', base_url='http://cloud/v2.1/vgpus'
        )
        request.environ['nova.context'] = mock.Mock(project_id='p')
        (link,) = views.Links().after(request, 'b c', 'hosts')
        self.assertEqual(
            {
                'rel': 'next',
                'href': 'http://cloud/v2.1/vgpus/hosts?limit=2&marker=b+c',
            },
            link,
        )


class RowTest(base.BaseTestCase):
    def test_names(self):
        """They are keys of the answers."""
        self.assertEqual(
            ('model', 'max', 'used', 'free'), capacity.Row._fields
        )
