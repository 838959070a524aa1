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

import configparser

import yaml
from nova.conf import scheduler

from nova_vgpu_ext.sandbox import config
from tests.unit.sandbox import base

URL = 'http://127.0.0.1:1'
DRIVER = {
    'DEFAULT': {'compute_driver': 'vgpu_ext.SomeDriver'},
    'its_group': {'an_option': 'a value'},
}


class ConfigTest(base.SandboxTestCase):
    def setUp(self):
        super().setUp()
        config.write(self.layout, URL, DRIVER)

    def read(self, path):
        # Options may be there several times.
        parser = configparser.RawConfigParser(strict=False)
        parser.read(path)
        return parser

    def test_extension_is_turned_on_as_documented(self):
        nova = self.read(self.layout.nova_conf)
        default = nova['DEFAULT']
        self.assertEqual('vgpus', default['config_source'])
        self.assertEqual('vgpu_ext.SomeDriver', default['compute_driver'])
        self.assertEqual('a value', nova['its_group']['an_option'])
        self.assertEqual({'driver': 'vgpus'}, options(nova, 'vgpus'))

    def test_read_again(self):
        options = config.read(self.layout)['its_group']
        self.assertEqual('a value', options['an_option'])

    def test_read_before_the_first_start(self):
        self.layout.nova_conf.unlink()
        self.assertEqual([], config.read(self.layout).sections())

    def test_filters_are_novas_and_ours(self):
        nova = self.read(self.layout.nova_conf)
        filters = nova['filter_scheduler']['enabled_filters'].split(',')
        stock = next(
            option.default
            for option in scheduler.filter_scheduler_opts
            if option.name == 'enabled_filters'
        )
        self.assertEqual([*stock, 'VGPUCapacityFilter'], filters)
        self.assertIn('ComputeCapabilitiesFilter', filters)
        text = self.layout.nova_conf.read_text()
        self.assertEqual(2, text.count('available_filters = '))

    def test_databases_are_four_files_in_the_directory(self):
        nova = self.read(self.layout.nova_conf)
        placement = self.read(self.layout.placement_conf)
        urls = {
            nova['database']['connection'],
            nova['api_database']['connection'],
            placement['placement_database']['connection'],
            self.layout.database('cell0'),
        }
        self.assertEqual(4, len(urls))
        for url in urls:
            self.assertTrue(url.startswith(f'sqlite:///{self.layout.root}/'))

    def test_clouds(self):
        content = yaml.safe_load(self.layout.clouds.read_text())
        auth = content['clouds']['vgpu']['auth']
        self.assertEqual(f'{URL}/identity/v3', auth['auth_url'])
        self.assertEqual('demo', auth['project_name'])

    def test_paste_file_names_the_url(self):
        self.assertIn(f'url = {URL}', self.layout.paste.read_text())

    def test_render_repeats_options_with_lists(self):
        text = config.render({'a': {'b': [1, 2], 'c': 'd'}, 'e': {}})
        self.assertEqual('[a]\nb = 1\nb = 2\nc = d\n\n[e]\n', text)


def options(parser, section):
    """The options of a section without those of DEFAULT."""
    return {
        name: value
        for name, value in parser[section].items()
        if name not in parser['DEFAULT']
    }
