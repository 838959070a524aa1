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

"""The options and their help."""

import ddt
from oslo_config import cfg
from oslo_config import generator
from oslotest import base

from nova_vgpu_ext import conf
from nova_vgpu_ext.virt.xenapi import conf as xenserver_conf


def _registered(module=conf):
    options = cfg.ConfigOpts()
    module.register_opts(options)
    options([], default_config_files=[])
    return options


@ddt.ddt
class OptionsTest(base.BaseTestCase):
    @ddt.data(
        ('vgpus', 'enabled_models', []),
        ('vgpus', 'reserved_pgpus', []),
        ('vgpus', 'model_aliases', {}),
        ('vgpus', 'expose_counts', False),
        ('vgpus', 'fake_cards_file', None),
        ('filter_scheduler', 'vgpu_weight_multiplier', 1000.0),
    )
    @ddt.unpack
    def test_default(self, group, name, default):
        self.assertEqual(default, _registered()[group][name])

    def test_can_be_registered_again(self):
        options = _registered()
        conf.register_opts(options)
        self.assertEqual([], options.vgpus.enabled_models)

    def test_driver_is_left_to_the_configuration_source(self):
        self.assertNotIn('driver', _registered().vgpus)

    def test_weight_is_between_spreading_and_build_failures(self):
        multiplier = _registered().filter_scheduler.vgpu_weight_multiplier
        self.assertGreaterEqual(multiplier, 100)
        self.assertLessEqual(multiplier, 1000000 / 100)

    @ddt.data(
        ('nova_vgpu_ext', conf, ('vgpus', 'filter_scheduler')),
        ('nova_vgpu_ext.virt.xenapi', xenserver_conf, ('xenserver',)),
    )
    @ddt.unpack
    def test_generator_lists_all_with_help(self, namespace, module, groups):
        listed = {
            (str(group), option.name): option.help
            for _, options in generator._list_opts([namespace])
            for group, options in options
            for option in options
        }
        registered = {
            (group, name)
            for group in groups
            for name in _registered(module)[group]
        }
        self.assertEqual(registered, set(listed))
        for (group, name), text in listed.items():
            self.assertGreater(len(text.strip()), 40, f'[{group}] {name}')
