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

import importlib
import subprocess
import sys
from unittest import mock

import ddt
import fixtures
from oslotest import base

from nova_vgpu_ext.virt import fake

try:
    from nova.virt import vgpu_ext as shim
except ImportError:  # not installed, but run from the checkout
    from nova_vgpu_ext.virt import shim

NOTHING_OPTIONAL = """
import importlib, sys
sys.modules['XenAPI'] = sys.modules['fixtures'] = None
getattr(importlib.import_module(sys.argv[1]), sys.argv[2])
"""


@ddt.ddt
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

    @ddt.data(
        ('FakeDriver', 'fixtures'),
        ('XenAPIDriver', 'XenAPI'),
    )
    @ddt.unpack
    def test_what_a_driver_needs_is_not_installed(self, driver, package):
        log = self.useFixture(fixtures.FakeLogger(format='%(message)s'))
        missing = ModuleNotFoundError(package, name=package)
        with mock.patch.object(
            importlib, 'import_module', side_effect=missing
        ):
            error = self.assertRaises(SystemExit, getattr, shim, driver)
        sentence = (
            f'compute_driver = vgpu_ext.{driver} needs the Python package '
            f'{package}: run "pip install {package}" in the Python '
            'environment of nova-compute.'
        )
        self.assertEqual(sentence, str(error))
        self.assertEqual(sentence, log.output.strip())

    def test_mistakes_of_ours_are_not_hidden(self):
        missing = ModuleNotFoundError('x', name='nova_vgpu_ext.virt.x')
        with mock.patch.object(
            importlib, 'import_module', side_effect=missing
        ):
            self.assertRaises(ImportError, getattr, shim, 'XenAPIDriver')

    @ddt.data('FakeDriver', 'XenAPIDriver')
    def test_nova_compute_ends_with_one_sentence(self, driver):
        """In a process of its own, which has none of what is optional."""
        result = subprocess.run(
            [sys.executable, '-c', NOTHING_OPTIONAL, shim.__name__, driver],
            capture_output=True,
            text=True,
        )
        self.assertEqual(1, result.returncode)
        last = result.stderr.splitlines()[-1]
        self.assertIn(f'compute_driver = vgpu_ext.{driver} needs', last)
        self.assertNotIn('Traceback', result.stderr)
