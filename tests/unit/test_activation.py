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

"""The configuration source: for Nova's programs only, and empty."""

import subprocess
import sys
import tempfile
from unittest import mock

import ddt
from oslo_config import cfg
from oslo_config import sources
from oslotest import base

from nova_vgpu_ext import activation
from nova_vgpu_ext import exception

IMPORT = """
import sys
import nova_vgpu_ext.activation
heavy = {'nova', 'sqlalchemy', 'eventlet', 'oslo_messaging', 'oslo_log'}
print(sorted(heavy.intersection(sys.modules)))
"""


class ImportTest(base.BaseTestCase):
    """privsep's helper imports the module as root."""

    def test_imports_nothing_heavy(self):
        result = subprocess.run(
            [sys.executable, '-c', IMPORT],
            cwd=tempfile.gettempdir(),
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.assertEqual('[]', result.stdout.strip())


@ddt.ddt
class SourceTest(base.BaseTestCase):
    """What happens while a program reads nova.conf."""

    def setUp(self):
        super().setUp()
        patch = mock.patch('nova_vgpu_ext.extension.install')
        self.install = patch.start()
        self.addCleanup(patch.stop)
        self.conf = cfg.ConfigOpts()
        self.conf.register_opts(
            [cfg.StrOpt('colour', default='green'), cfg.StrOpt('size')]
        )

    def parse(self, *lines, project='nova'):
        text = '\n'.join(
            ['[DEFAULT]', 'size = big', 'config_source = vgpus', *lines]
        )
        with tempfile.NamedTemporaryFile('w', suffix='.conf') as nova_conf:
            nova_conf.write(f'{text}\n')
            nova_conf.flush()
            self.conf(
                ['--config-file', nova_conf.name],
                project=project,
                default_config_dirs=[],
            )

    def test_two_lines_install_the_extension(self):
        self.parse('[vgpus]', 'driver = vgpus')
        self.install.assert_called_once_with()

    def test_half_of_the_lines_does_not(self):
        self.parse('[vgpus]', 'driver = remote_files')
        self.install.assert_not_called()

    @ddt.data('privsep', 'placement', 'neutron')
    def test_other_programs_are_left_alone(self, project):
        self.parse('[vgpus]', 'driver = vgpus', project=project)
        self.install.assert_not_called()

    def test_sets_no_option(self):
        self.parse('[vgpus]', 'driver = vgpus')
        self.assertEqual('green', self.conf.colour)
        self.assertEqual('big', self.conf.size)
        value = activation.NoValues().get('DEFAULT', 'colour', None)
        self.assertEqual((sources._NoValue, None), value)

    def test_other_options_of_the_group_are_the_operators(self):
        opts = [cfg.ListOpt('enabled_models')]
        self.conf.register_opts(opts, group='vgpus')
        self.parse('[vgpus]', 'driver = vgpus', 'enabled_models = A, B')
        self.assertEqual(['A', 'B'], self.conf.vgpus.enabled_models)

    def test_has_no_options_of_its_own_to_list(self):
        driver = activation.VGPUConfigurationSourceDriver()
        self.assertEqual([], driver.list_options_for_discovery())

    def test_unsupported_nova_ends_the_process_with_a_sentence(self):
        self.install.side_effect = exception.UnsupportedNova(reason='too new')
        error = self.assertRaises(
            SystemExit, self.parse, '[vgpus]', 'driver = vgpus'
        )
        self.assertEqual(
            'nova-vgpu-ext does not know this Nova: too new. Install a '
            'nova-vgpu-ext for it, or take the configuration source vgpus '
            'out of nova.conf.',
            str(error),
        )

    def test_nova_without_a_module_does_so_too(self):
        self.install.side_effect = ImportError("No module named 'nova.x'")
        error = self.assertRaises(
            SystemExit, self.parse, '[vgpus]', 'driver = vgpus'
        )
        self.assertIn(
            "does not know this Nova: No module named 'nova.x'", str(error)
        )
