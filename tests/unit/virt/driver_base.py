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

"""Fake drivers for tests."""

from unittest import mock

import fixtures
import nova.conf
from nova import exception
from nova import objects
from oslo_config import fixture as config_fixture
from oslo_utils.fixture import uuidsentinel as uuids

from nova_vgpu_ext import conf
from nova_vgpu_ext import extension
from nova_vgpu_ext.virt import fake
from tests.unit.virt import base

ALL = {
    'GRID K200': 16,
    'GRID K240Q': 8,
    'GRID K260Q': 4,
    'GRID K2 passthrough': 2,
}
REFUSED = exception.ComputeResourcesUnavailable


class FakeDriverTestCase(base.FakeHostTestCase):
    """Drivers on hosts with one GRID K2 each, unless a test says else."""

    def setUp(self):
        super().setUp()
        objects.register_all()
        self.conf = self.useFixture(config_fixture.Config(nova.conf.CONF))
        conf.register_opts(nova.conf.CONF)
        self.conf.config(state_path=self.directory)
        self.set_cards('cards: [{card: GRID K2}]')
        self.log = self.useFixture(fixtures.FakeLogger(format='%(message)s'))
        patched = mock.patch.object(extension, 'installed', lambda: True)
        patched.start()
        self.addCleanup(patched.stop)

    def set_cards(self, text):
        self.conf.config(group='vgpus', fake_cards_file=self.cards_file(text))

    def driver(self, host='h1'):
        """A driver as after a start of nova-compute on the host."""
        driver = fake.FakeDriver(None)
        driver.init_host(host)
        return driver

    def instance(self, name, **counts):
        """An instance; ``K260Q=2`` asks for two ``GRID K260Q``."""
        specs = {f'vgpus:GRID {m}': str(n) for m, n in counts.items()}
        flavor = objects.Flavor(name='f', extra_specs=specs)
        return objects.Instance(uuid=getattr(uuids, name), id=1, flavor=flavor)

    def spawn(self, driver, instance, **kwargs):
        driver.spawn(None, instance, None, None, None, None, **kwargs)

    def free(self, driver):
        (node,) = driver.get_available_nodes()
        return driver.get_available_resource(node)['vgpus'].free

    def state(self, driver, instance):
        return driver.get_info(instance).state
