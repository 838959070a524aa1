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
from unittest import mock

import ddt

from nova_vgpu_ext.sandbox import config
from nova_vgpu_ext.sandbox import errors
from nova_vgpu_ext.sandbox import fake_hosts
from nova_vgpu_ext.sandbox import hypervisors
from nova_vgpu_ext.sandbox import requirements
from nova_vgpu_ext.sandbox import xen_hosts
from tests.unit.sandbox import base

XENAPI = {'DEFAULT': {'compute_driver': 'vgpu_ext.XenAPIDriver'}}


@ddt.ddt
class MakeTest(base.SandboxTestCase):
    def make(self, wanted=None):
        return hypervisors.make(self.layout, wanted, 0)

    def start_before(self, driver):
        config.write(self.layout, 'http://127.0.0.1:1', driver)

    @ddt.data(
        (None, xen_hosts.XenHosts),
        ('xenapi', xen_hosts.XenHosts),
        ('fake', fake_hosts.FakeHosts),
    )
    @ddt.unpack
    def test_first_start(self, wanted, expected):
        self.assertIsInstance(self.make(wanted), expected)

    @ddt.data(
        (XENAPI, 'xenapi', xen_hosts.XenHosts),
        (base.FAKE_DRIVER, 'fake', fake_hosts.FakeHosts),
    )
    @ddt.unpack
    def test_later_start(self, driver, name, expected):
        self.start_before(driver)
        for wanted in (None, name):
            self.assertIsInstance(self.make(wanted), expected)

    @ddt.data((XENAPI, 'fake'), (base.FAKE_DRIVER, 'xenapi'))
    @ddt.unpack
    def test_other_driver(self, driver, wanted):
        self.start_before(driver)
        error = self.assertRaises(errors.SandboxError, self.make, wanted)
        self.assertIn('choose another directory', str(error))

    def test_xenapi_needs_the_bindings(self):
        refusal = errors.SandboxError('x')
        with mock.patch.object(requirements, 'check', side_effect=refusal):
            self.assertRaises(errors.SandboxError, self.make, 'xenapi')
            self.make('fake')
