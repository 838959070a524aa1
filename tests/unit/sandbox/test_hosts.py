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
import yaml

from nova_vgpu_ext.sandbox import errors
from nova_vgpu_ext.sandbox import fake_hosts
from nova_vgpu_ext.sandbox import hosts
from nova_vgpu_ext.virt import fake_cards
from tests.unit.sandbox import base


@ddt.ddt
class HostsTest(base.SandboxTestCase):
    def prepare(self, path=None):
        fake = fake_hosts.FakeHosts(self.layout)
        return hosts.prepare(self.layout, fake, path)

    def write(self, text):
        path = self.layout.root / 'mine.yaml'
        path.write_text(text)
        return path

    def pgpus(self, host):
        return len(fake_cards.load(self.layout.cards(host)).pgpus)

    def test_default(self):
        names = self.prepare()
        self.assertEqual(('gpu-k2-a', 'gpu-k2-b', 'gpu-a16', 'plain'), names)
        self.assertEqual([2, 2, 4, 0], [self.pgpus(name) for name in names])

    def test_cards_by_name_by_row_or_as_a_whole_file(self):
        path = self.write(
            'a: [GRID K2, GRID K2]\n'
            'b: [{card: NVIDIA A40, count: 3}]\n'
            'c: {cards: [{card: Mine}], definitions: '
            '{Mine: {pgpus: 5, models: [{name: M, limit: 2}]}}}\n'
        )
        names = self.prepare(path)
        self.assertEqual([4, 3, 5], [self.pgpus(name) for name in names])

    def test_kept_for_the_next_start(self):
        self.prepare(self.write('a: [GRID K2]\nb: []\n'))
        self.assertEqual(('a', 'b'), self.prepare())
        self.assertEqual(2, self.pgpus('a'))

    def test_new_hosts_replace_those_of_the_last_start(self):
        self.prepare()
        self.prepare(self.write('a: []\n'))
        self.assertEqual(
            {'a': []}, yaml.safe_load(self.layout.hosts.read_text())
        )

    @ddt.data(
        ('{}', 'no hosts'),
        ('[]', 'must be a mapping'),
        ('a/b: []', "'a/b' is no name for a host"),
        ('-a: []', 'is no name for a host'),
        ('a: [GRID K2\n', 'not YAML'),
        ('a: []\na: []\n', 'there twice'),
    )
    @ddt.unpack
    def test_bad_file(self, text, expected):
        path = self.write(text)
        error = self.assertRaises(errors.SandboxError, self.prepare, path)
        self.assertIn(f'Hosts file {path} can not be used: ', str(error))
        self.assertIn(expected, str(error))

    @ddt.data(
        ('a: [GRID K9]', "the unknown 'GRID K9'"),
        ('a: 5', 'must be a mapping'),
        ('a: {card: []}', "the unknown key 'card'"),
    )
    @ddt.unpack
    def test_bad_cards(self, text, expected):
        path = self.write(text)
        error = self.assertRaises(errors.SandboxError, self.prepare, path)
        self.assertIn(f'Host a in hosts file {path}', str(error))
        self.assertIn(expected, str(error))
        # The file that we wrote is no business of the user's.
        self.assertNotIn('Cards file', str(error))

    def test_no_file(self):
        error = self.assertRaises(
            errors.SandboxError, self.prepare, '/nonexistent'
        )
        self.assertIn('there is no such file', str(error))
