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

import json

from nova_vgpu_ext.osc import hosts
from tests.unit.osc import base

MODEL = {'model': 'GRID K260Q', 'max': 4, 'used': 2, 'free': 1}
SERVER = '1ed2a5c5-7f4c-4b2e-8b0f-3a54d1d6b5b8'
HOST = {
    'host': 'h1',
    'updated_at': '2026-01-02T03:04:05+00:00',
    'models': [MODEL],
    'problem': None,
}
FULL = {
    **HOST,
    'pgpus': [
        {
            'id': 'p1',
            'group': 'g',
            'size': 4,
            'reserved': False,
            'models': ['GRID K260Q'],
            'vgpus': [
                {
                    'model': 'GRID K260Q',
                    'size': 1,
                    'server': SERVER,
                    'vm': None,
                },
                {
                    'model': 'GRID K260Q',
                    'size': 2,
                    'server': None,
                    'vm': 'desktop',
                },
            ],
        },
        {
            'id': 'p2',
            'group': 'g',
            'size': 4,
            'reserved': True,
            'models': [],
            'vgpus': [],
        },
    ],
    'claims': [{'server': SERVER, 'model': 'GRID K260Q', 'pending': True}],
    'findings': [
        {'kind': 'lost', 'instance': SERVER, 'model': 'm', 'text': 'Look.'}
    ],
}


class ListTest(base.CommandTestCase):
    def test_list(self):
        bad = {**HOST, 'host': 'h2', 'models': [], 'problem': 'Unreadable.'}
        self.compute.get.return_value = base.response({'hosts': [HOST, bad]})
        out = self.run_command(hosts.ListVGPUHost, '-f', 'json')
        (row,) = json.loads(out)
        self.assertEqual(
            ['h1', 'GRID K260Q', 4, 2, 1, HOST['updated_at']],
            list(row.values()),
        )
        self.assertEqual('Unreadable.\n', self.app.stderr.getvalue())

    def test_pages(self):
        self.compute.get.return_value = base.response({'hosts': []})
        arguments = ('--marker', 'h0', '--limit', '5')
        self.run_command(hosts.ListVGPUHost, *arguments)
        self.compute.get.assert_called_once_with(
            '/vgpus/hosts', params={'marker': 'h0', 'limit': 5}
        )


class ShowTest(base.CommandTestCase):
    def show(self, *arguments):
        self.compute.get.return_value = base.response({'host': FULL})
        return self.run_command(hosts.ShowVGPUHost, 'h1', *arguments)

    def test_drawing(self):
        out = self.show()
        for text in (
            'GRID K260Q: 1 free, 2 used, 4 at the most',
            'p1 in g  [AAAAAAAABBBBBBBBBBBBBBBB........]',
            f'  A  GRID K260Q  {SERVER}',
            "  B  GRID K260Q  VM desktop, which is not Nova's",
            'p2 in g, held back  [................................]',
            f'GRID K260Q for {SERVER}, not running',
            'Look.',
        ):
            self.assertIn(text, out)

    def test_for_programs(self):
        out = json.loads(self.show('-f', 'json'))
        self.assertEqual(FULL['pgpus'], out['pgpus'])
        self.assertEqual(FULL['claims'], out['claims'])

    def test_problem(self):
        body = {'host': {**FULL, 'problem': 'Unreadable.'}}
        self.compute.get.return_value = base.response(body)
        self.run_command(hosts.ShowVGPUHost, 'h1')
        self.assertEqual('Unreadable.\n', self.app.stderr.getvalue())
