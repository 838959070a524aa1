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

import subprocess
import sys

from oslotest import base

from nova_vgpu_ext.virt import fake

try:
    from nova.virt import vgpu_ext as shim
except ImportError:  # not installed, but run from the checkout
    from nova_vgpu_ext.virt import shim


class ShimTest(base.BaseTestCase):
    def test_finds_driver(self):
        self.assertIs(fake.FakeDriver, shim.FakeDriver)

    def test_unknown_driver(self):
        self.assertRaises(AttributeError, getattr, shim, 'NoDriver')

    def test_loads_drivers_only_when_asked_for(self):
        program = (
            f'import sys; import {shim.__name__}; '
            'sys.exit("nova_vgpu_ext.virt.fake" in sys.modules or '
            '"nova.virt.fake" in sys.modules)'
        )
        subprocess.run([sys.executable, '-c', program], check=True)
