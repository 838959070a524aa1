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
from oslo_config import cfg
from oslo_config import fixture as config_fixture
from oslotest import base

from nova_vgpu_ext.virt.xenapi import conf
from nova_vgpu_ext.virt.xenapi import errors
from nova_vgpu_ext.virt.xenapi import settings


@ddt.ddt
class SettingsTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.conf = self.useFixture(config_fixture.Config(cfg.ConfigOpts()))
        conf.register_opts(self.conf.conf)
        self.conf.conf([])
        self.set(
            connection_url='https://10.0.0.11/',
            connection_password='terribly secret',
        )

    def set(self, **options):
        self.conf.config(group='xenserver', **options)

    def load(self):
        return settings.load(self.conf.conf.xenserver)

    def refused(self):
        return str(self.assertRaises(errors.InvalidSettings, self.load))

    def test_defaults(self):
        found = self.load()
        self.assertEqual('https://10.0.0.11', found.url)
        self.assertEqual('10.0.0.11', found.hostname)
        self.assertEqual('root', found.username)
        self.assertIs(False, found.insecure)
        self.assertIsNone(found.sr_key)

    def test_password_is_not_shown(self):
        self.assertNotIn('secret', repr(self.load()))

    def test_all_options_have_help_and_are_listed(self):
        ((group, options),) = conf.list_opts()
        self.assertEqual('xenserver', group.name)
        for option in options:
            self.assertTrue(option.help, option.name)

    @ddt.data('connection_url', 'connection_password')
    def test_missing(self, name):
        self.set(**{name: None})
        self.assertIn(f'[xenserver] {name}', self.refused())

    def test_password_in_url(self):
        self.set(connection_url='https://root:pw@10.0.0.11')
        sentence = self.refused()
        self.assertIn('must be like https://10.0.0.11', sentence)
        self.assertNotIn('pw', sentence)

    @ddt.data('ftp://x', 'https://', '10.0.0.11', 'http:10.0.0.11')
    def test_bad_url(self, url):
        self.set(connection_url=url)
        self.assertIn('must be like https://10.0.0.11', self.refused())

    def test_storage_by_other_config(self):
        self.set(sr_matching_filter='other-config:i18n-key=local-storage')
        found = self.load()
        self.assertEqual(
            ('i18n-key', 'local-storage'), (found.sr_key, found.sr_value)
        )

    @ddt.data('default-sr', 'default-sr:no', 'other-config:x', 'x:y=z', '')
    def test_bad_storage_filter(self, text):
        self.set(sr_matching_filter=text)
        self.assertIn('sr_matching_filter', self.refused())

    def test_no_such_ca_file(self):
        directory = self.useFixture(fixtures.TempDir()).path
        self.set(cafile=os.path.join(directory, 'none.pem'))
        self.assertIn('none.pem can not be read', self.refused())

    def test_ca_file_without_certificates(self):
        path = os.path.join(self.useFixture(fixtures.TempDir()).path, 'ca')
        with open(path, 'w') as file:
            file.write('nothing')
        self.set(cafile=path)
        self.assertIn('holds no certificates', self.refused())
