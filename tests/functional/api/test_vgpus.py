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

"""What each route shows."""

import ddt
from nova.db.main import api as main_db_api
from nova.db.main import models

from tests.functional.api import base

K200 = 'GRID K200'
K240Q = 'GRID K240Q'
K260Q = 'GRID K260Q'
K2 = 'GRID K2 passthrough'
# Of a host with a GRID K2 on which nothing is.
EMPTY = [
    {'model': K2, 'max': 2, 'used': 0, 'free': 2},
    {'model': K200, 'max': 16, 'used': 0, 'free': 16},
    {'model': K240Q, 'max': 8, 'used': 0, 'free': 8},
    {'model': K260Q, 'max': 4, 'used': 0, 'free': 4},
]
FIRST, SECOND = '0000:01:00.0', '0000:02:00.0'


@main_db_api.pick_context_manager_writer
def write_books(context, host, text):
    """Let a host have reported a text."""
    context.session.query(models.ComputeNode).filter_by(host=host).update(
        {'vgpus': text}
    )


class CloudTest(base.APITestCase):
    """GET /vgpus"""

    def models(self, query=''):
        return self.get(f'/vgpus{query}')['vgpus']

    def test_no_gpus(self):
        self.start_host('plain')
        self.assertEqual({'vgpus': []}, self.get('/vgpus'))

    def test_sums_over_all_hosts(self):
        self.start_host('h1', 'GRID K2')
        self.start_host('h2', 'GRID K2')
        self.start_host('plain')
        self.boot(self.flavor({f'vgpus:{K260Q}': '1'}))
        self.assertEqual(
            [
                {'model': K2, 'max': 4, 'used': 0, 'free': 3},
                {'model': K200, 'max': 32, 'used': 0, 'free': 24},
                {'model': K240Q, 'max': 16, 'used': 0, 'free': 12},
                {'model': K260Q, 'max': 8, 'used': 1, 'free': 7},
            ],
            self.models(),
        )

    def test_host_that_can_not_be_read_counts_for_nothing(self):
        self.start_host('h1', 'GRID K2')
        self.start_host('h2', 'GRID K2')
        write_books(self.ctxt, 'h2', 'nonsense')
        self.assertEqual(EMPTY, self.models())

    def test_pages(self):
        self.start_host('h1', 'GRID K2')
        first = self.get('/vgpus?limit=3')
        self.assertEqual(EMPTY[:3], first['vgpus'])
        (link,) = first['vgpus_links']
        self.assertEqual('next', link['rel'])
        rest = self.get(link['href'].partition('/v2.1')[2])
        self.assertEqual({'vgpus': EMPTY[3:]}, rest)
        self.assertEqual({'vgpus': EMPTY}, self.get('/vgpus?limit=4'))
        self.assertEqual(EMPTY[2:], self.models('?marker=GRID+K200'))
        self.assertEqual([], self.models('?marker=z'))


@ddt.ddt
class HostsTest(base.APITestCase):
    """GET /vgpus/hosts"""

    def names(self, query=''):
        return [
            one['host'] for one in self.get(f'/vgpus/hosts{query}')['hosts']
        ]

    def start_hosts(self):
        for host in ('h2', 'h1', 'h10', 'h3'):
            self.start_host(host, 'GRID K2')
        self.start_host('plain')

    def test_hosts_with_gpus_by_name(self):
        self.start_hosts()
        answer = self.get('/vgpus/hosts')
        self.assertEqual(['hosts'], list(answer))
        self.assertEqual(['h1', 'h10', 'h2', 'h3'], self.names())
        for one in answer['hosts']:
            self.assertEqual(EMPTY, one['models'])
            self.assertIsNone(one['problem'])
            self.assertRegex(one['updated_at'], r'^2\d+-.*T.*\+00:00$')

    def test_no_hosts(self):
        self.assertEqual({'hosts': []}, self.get('/vgpus/hosts'))

    def test_pages(self):
        self.start_hosts()
        seen, path = [], '/vgpus/hosts?limit=2'
        while path:
            answer = self.get(path)
            seen.append([one['host'] for one in answer['hosts']])
            (link,) = answer.get('hosts_links', [{'href': ''}])
            path = link['href'].partition('/v2.1')[2]
        self.assertEqual([['h1', 'h10'], ['h2', 'h3']], seen)
        self.assertEqual(['h2', 'h3'], self.names('?marker=h11'))
        self.assertEqual([], self.names('?marker=h3'))

    def test_pages_have_a_most(self):
        self.start_hosts()
        self.flags(max_limit=3, group='api')
        for query in ('', '?limit=4'):
            answer = self.get(f'/vgpus/hosts{query}')
            self.assertEqual(3, len(answer['hosts']))
            (link,) = answer['hosts_links']
            self.assertIn('marker=h2', link['href'])

    @ddt.data(
        'limit=0',
        'limit=-1',
        'limit=',
        'limit=x',
        'limit=1.5',
        'page=1',
        'limit=1&limit=2',
        'marker=a&marker=b',
    )
    def test_wrong_query(self, query):
        for path in ('/vgpus', '/vgpus/hosts'):
            self.assertTrue(self.refused(400, f'{path}?{query}'))

    def test_host_that_can_not_be_read(self):
        self.start_host('h1', 'GRID K2')
        write_books(self.ctxt, 'h1', 'nonsense')
        (one,) = self.get('/vgpus/hosts')['hosts']
        self.assertEqual([], one['models'])
        problem = one['problem']
        self.assertTrue(
            problem.startswith("What the host reported of its vGPUs can't be"),
            problem,
        )
        shown = self.get('/vgpus/hosts/h1')['host']
        self.assertEqual(problem, shown['problem'])
        flavor = self.flavor({f'vgpus:{K260Q}': '1'})
        self.assertEqual({'h1': problem}, self.fits(flavor))


class HostTest(base.APITestCase):
    """GET /vgpus/hosts/{host}"""

    def setUp(self):
        super().setUp()
        self.start_host('h1', 'GRID K2', reserved_pgpus=[SECOND])

    def show(self, host='h1'):
        answer = self.get(f'/vgpus/hosts/{host}')
        self.assertEqual(['host'], list(answer))
        return answer['host']

    def test_who_holds_what(self):
        flavor = self.flavor({f'vgpus:{K240Q}': '1'})
        stopped, runs = self.boot(flavor), self.boot(flavor)
        self.api.post_server_action(stopped['id'], {'os-stop': {}})
        self._wait_for_state_change(stopped, 'SHUTOFF')
        hypervisor = self.hypervisor('h1')
        books = self.books('h1')
        models = {one.name: one.identifier for one in books.models}
        hypervisor.start_vm(
            'foreign',
            [(models[K240Q], books.groups[0].id)],
            'desktop',
            foreign=True,
        )
        self.audit()
        shown = self.show()
        first, second = shown['pgpus']
        self.assertEqual(
            (FIRST, False, SECOND, True),
            (*self.the(first), *self.the(second)),
        )
        self.assertEqual([K2, K200, K240Q, K260Q], first['models'])
        vgpus = first['vgpus'] + second['vgpus']
        self.assertCountEqual(
            [(K240Q, runs['id'], None), (K240Q, None, 'desktop')],
            [(one['model'], one['server'], one['vm']) for one in vgpus],
        )
        self.assertCountEqual(
            [(stopped['id'], K240Q, True), (runs['id'], K240Q, False)],
            [
                (one['server'], one['model'], one['pending'])
                for one in shown['claims']
            ],
        )

    @staticmethod
    def the(pgpu):
        return pgpu['id'], pgpu['reserved']

    def test_findings_as_the_audit_has_them(self):
        server = self.boot(self.flavor({f'vgpus:{K240Q}': '1'}))
        self.hypervisor('h1').pull_pgpu(FIRST)
        self.audit()
        findings = self.show()['findings']
        self.assertEqual(
            [one._asdict() for one in self.books('h1').findings], findings
        )
        self.assertNotEqual([], findings, server)

    def test_host_without_gpus(self):
        self.start_host('plain')
        shown = self.show('plain')
        self.assertEqual([], shown['models'] + shown['pgpus'])
        self.assertIsNone(shown['problem'])

    def test_unknown_host(self):
        for host in ('h2', 'H1', 'h1.x.json', '%ff', '%00', '%f0%9f%92%a9'):
            sentence = self.refused(404, f'/vgpus/hosts/{host}')
            self.assertRegex(sentence, '^No compute host .* was found.$')

    def test_no_query(self):
        self.assertTrue(self.refused(400, '/vgpus/hosts/h1?x=1'))


class RestTest(base.APITestCase):
    """What goes for all routes."""

    def test_any_microversion(self):
        self.start_host('h1', 'GRID K2')
        plain = self.get('/vgpus')
        for version in ('2.1', '2.50', '2.96', 'latest'):
            headers = {'OpenStack-API-Version': f'compute {version}'}
            answer = self.ask('/vgpus', **headers)
            self.assertEqual(plain, answer.json)
            self.assertIn('OpenStack-API-Version', answer.headers)

    def test_other_paths_and_methods(self):
        for path in ('/vgpus/x', '/vgpus/hosts/h/x', '/vgpus/explain'):
            self.assertIn('GET does not work', self.refused(404, path))
        for path in ('/vgpus', '/vgpus/hosts', '/vgpus/hosts/h'):
            sentence = self.refused(404, path, body={})
            self.assertIn('POST does not work', sentence)

    def test_novas_own_paths_are_novas(self):
        self.assertEqual([], self.get('/servers')['servers'])
        self.assertEqual(404, self.ask('/vgpusx').status_int)
