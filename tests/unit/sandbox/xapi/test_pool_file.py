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

import os

import ddt
import fixtures

from nova_vgpu_ext.sandbox.xapi import card_file
from nova_vgpu_ext.sandbox.xapi import pools
from nova_vgpu_ext.sandbox.xapi.signatures import NULL
from nova_vgpu_ext.virt.yaml_file import Mistake
from tests.unit.sandbox.xapi import base

HOST = {'name': 'h1'}
CARD = {
    'vendor_id': '10de',
    'device_id': '1eb8',
    'vendor': 'NVIDIA Corporation',
    'types': [{'identifier': 'a', 'per_pgpu': 2}],
}


@ddt.ddt
class MistakesTestCase(base.PoolTestCase):
    @ddt.data(
        ({}, 'the file has no hosts: give it at least one.'),
        ({'host': []}, "the file has the unknown key 'host'"),
        ({'hosts': [{}]}, "host 1 needs a text for 'name'"),
        ({'hosts': [HOST, HOST]}, "two hosts 'h1': rename one."),
        (
            {'hosts': [{'name': 'h1', 'online': False}]},
            'the first host is the master: it must be online.',
        ),
        (
            {'hosts': [{'name': 'h1', 'cards': ['GRID K9']}]},
            "card 1 of host 1 is 'GRID K9', which is not defined",
        ),
        (
            {
                'hosts': [
                    {
                        'name': 'h1',
                        'cards': [{'card': 'NVIDIA A40', 'pgpus': [{}, {}]}],
                    }
                ]
            },
            'has 2 pgpus: a NVIDIA A40 has 1.',
        ),
        (
            {
                'hosts': [
                    {
                        'name': 'h1',
                        'cards': [{'card': 'GRID K2', 'disabled': ['K']}],
                    }
                ]
            },
            "the card 'GRID K2' has no type 'K': correct or remove it.",
        ),
        ({'hosts': [HOST], 'release': 'x'}, 'one of rio, miami'),
        ({'hosts': [HOST], 'restricted': ['x']}, 'it may have gpu, vgpu.'),
        (
            {'hosts': [HOST], 'groups': {'g': {'algorithm': 'x'}}},
            'needs one of depth_first, breadth_first',
        ),
        (
            {'hosts': [HOST], 'storage': [{'name': 's', 'hosts': ['h9']}]},
            "'hosts' of storage 1 has 'h9': there is no such host.",
        ),
        (
            {'hosts': [HOST], 'vms': [{'name': 'v', 'state': 'running'}]},
            'VM 1 is running: say on which host.',
        ),
        (
            {'hosts': [HOST], 'vms': [{'name': 'v', 'host': 'h9'}]},
            "VM 1 is on 'h9': there is no such host.",
        ),
        (
            {
                'hosts': [HOST],
                'vms': [{'name': 'v', 'vgpus': [{'type': 'x', 'group': 'g'}]}],
            },
            "the pool of vGPU 1 of VM 1 has no type 'x'",
        ),
        (
            {
                'hosts': [HOST],
                'vms': [{'name': 'v', 'other_config': {'a': 1}}],
            },
            "'other_config' of VM 1 has 1: put it in quotes.",
        ),
        (
            {
                'hosts': [HOST],
                'definitions': {'C': {**CARD, 'device_id': 'x'}},
            },
            "definition 'C' needs four hexadecimal digits for 'device_id'",
        ),
        (
            {
                'hosts': [HOST],
                'definitions': {
                    'C': {
                        **CARD,
                        'types': [
                            {
                                'identifier': 'a',
                                'per_pgpu': 1,
                                'resolution': 'big',
                            }
                        ],
                    }
                },
            },
            'needs a resolution such as 1920x1080',
        ),
        (
            {
                'hosts': [
                    {
                        'name': 'h1',
                        'cards': [
                            {'card': 'GRID K1', 'group': 'g'},
                            {'card': 'GRID K2', 'group': 'g'},
                        ],
                    }
                ]
            },
            'XAPI refuses such a pool with PGPU_NOT_COMPATIBLE_WITH_GPU_GROUP',
        ),
    )
    @ddt.unpack
    def test_refused(self, content, reason):
        mistake = self.assertRaises(Mistake, pools.parse, content)
        self.assertIn(reason, str(mistake))

    def test_two_types_of_one_name(self):
        types = [
            {'identifier': name, 'per_pgpu': 2, 'name': 'same'}
            for name in ('a', 'b')
        ]
        content = {
            'hosts': [
                {'name': 'h', 'cards': [{'card': 'C', 'disabled': ['same']}]}
            ],
            'definitions': {'C': {**CARD, 'types': types}},
        }
        mistake = self.assertRaises(Mistake, pools.parse, content)
        self.assertIn('several types', str(mistake))
        self.assertIn('give the identifier', str(mistake))


@ddt.ddt
class PoolFileTestCase(base.PoolTestCase):
    @ddt.data(*sorted(os.listdir(pools.SHIPPED)))
    def test_shipped(self, name):
        self.shipped(name.removesuffix('.yaml'))

    def test_own_file(self):
        path = self.useFixture(fixtures.TempDir()).join('pool.yaml')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(
                '{seed: 3, username: u, password: p, hosts: '
                '[{name: h, uuid: my-uuid}]}'
            )
        pool = pools.load(path)
        self.assertEqual(
            ('u', 'p'), (pool.settings.username, pool.settings.password)
        )
        host = pool.db.row('host', pool.master)
        self.assertEqual('my-uuid', host['uuid'])

    def test_shipped_cards(self):
        cards = card_file.shipped()
        self.assertEqual(4, cards['GRID K1'].pgpus)
        (k240q,) = [
            one for one in cards['GRID K2'].types if one.name == 'GRID K240Q'
        ]
        self.assertEqual(1006632960, k240q.framebuffer)
        self.assertEqual((2560, 1600), k240q.resolution)
        self.assertEqual(7, cards['Intel HD Graphics P4600'].types[0].per_pgpu)

    def test_sizes(self):
        self.shipped('k1-k2')
        sizes = {
            row['identifier']: row['size']
            for row in self.pool.db.tables['VGPU_type'].values()
        }
        self.assertEqual(131072, sizes['0001:nvidia,0ff2,,0fe7,101e'])
        self.assertEqual(524288, sizes['0001:nvidia,11bf,,11b0,101b'])
        self.assertEqual(0, sizes['0001:passthrough'])

    def test_corners(self):
        self.shipped('corners')
        db = self.pool.db
        self.assertEqual(2, len(db.find('VGPU_type', model_name='')))
        self.assertEqual(2, len(db.find('VGPU_type', model_name='GRID T4-4Q')))
        k180q = self.row('VGPU_type', self.type('GRID K180Q'))
        self.assertEqual(1, len(k180q['enabled_on_PGPUs']))
        self.assertEqual(4, len(k180q['supported_on_PGPUs']))
        slow = self.row('GPU_group', self.named('GPU_group', 'Slow'))
        self.assertEqual('breadth_first', slow['allocation_algorithm'])
        self.assertNotIn(self.type('GRID K260Q'), slow['enabled_VGPU_types'])
        states = {
            name: self.row('VM', self.named('VM', name))['power_state']
            for name in ('halted', 'foreign', 'suspended')
        }
        self.assertEqual(
            {'halted': 'Halted', 'foreign': 'Running',
             'suspended': 'Suspended'}, states
        )  # fmt: skip
        self.assertNotEqual([NULL], self.places(self.named('VM', 'foreign')))
        offline = self.row('host', self.named('host', 'h4'))['metrics']
        self.assertFalse(self.row('host_metrics', offline)['live'])

    def test_old_release(self):
        self.shipped('old')
        self.refused(
            ['MESSAGE_METHOD_UNKNOWN', 'VGPU_type.get_all'],
            'VGPU_type.get_all',
        )
        version = self.row('host', self.pool.master)['software_version']
        self.assertEqual('6.0.0', version['product_version'])
        self.assertEqual(
            1, self.row('host', self.pool.master)['API_version_major']
        )
