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

"""install() changes Nova wholly, once, or not at all."""

import json
import subprocess
import sys
import tempfile
from unittest import mock

import ddt
from nova import version
from nova.compute import claims
from nova.objects import compute_node
from oslotest import base

from nova_vgpu_ext import exception
from nova_vgpu_ext import extension

# Run where nothing is installed yet. Prints what install() did to Nova.
SCRIPT = """
import json
from unittest import mock

import nova.conf
from nova import objects, version
from nova.compute import claims, resource_tracker
from nova.db.main import models
from nova.objects import base
from nova.scheduler import host_manager, request_filter

from nova_vgpu_ext import exception, extension

objects.register_all()
registered = base.NovaObjectRegistry.obj_classes()


def seams():
    return {
        'versions': [c.VERSION for c in registered['ComputeNode']],
        'fields': len(objects.ComputeNode.fields),
        'columns': len(models.ComputeNode.__table__.columns),
        'tracker': resource_tracker.ResourceTracker.__module__,
        'host state': host_manager.HostState.__module__,
        'test': str(claims.Claim._test_pci),
        'request filters': len(request_filter.ALL_REQUEST_FILTERS),
        'options': 'vgpus' in nova.conf.CONF,
        'installed': extension.installed(),
    }


def install():
    extension.install()
    return seams()


found = {'stock': seams()}
with mock.patch.object(version, 'version_string', return_value='35.0.0'):
    try:
        extension.install()
    except exception.UnsupportedNova as error:
        found['refused'] = seams()
found['first'] = install()
found['second'] = install()
print(json.dumps(found))
"""


class InstallTest(base.BaseTestCase):
    """In a process of its own, as what is installed stays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.found = json.loads(
            subprocess.run(
                [sys.executable, '-W', 'ignore', '-c', SCRIPT],
                cwd=tempfile.gettempdir(),
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            ).stdout.splitlines()[-1]
        )

    def test_refusal_changes_nothing(self):
        self.assertEqual(self.found['stock'], self.found['refused'])

    def test_everything_changes(self):
        for seam, stock in self.found['stock'].items():
            self.assertNotEqual(stock, self.found['first'][seam], seam)

    def test_second_time_changes_nothing(self):
        self.assertEqual(self.found['first'], self.found['second'])

    def test_object_is_beside_the_stock_one(self):
        self.assertEqual(['1.1019', '1.19'], self.found['first']['versions'])


@ddt.ddt
class UnknownNovaTest(base.BaseTestCase):
    """As if nothing were installed; what is refused touches nothing."""

    def setUp(self):
        super().setUp()
        for name in ('_done', '_replace'):
            patch = mock.patch.object(extension, name, mock.Mock())
            self.addCleanup(patch.stop)
            patch.start()
        extension._done = False

    def _refusal(self):
        error = self.assertRaises(exception.UnsupportedNova, extension.install)
        extension._replace.assert_not_called()
        self.assertFalse(extension.installed())
        return error.format_message()

    def test_this_nova_is_known(self):
        extension.install()
        extension._replace.assert_called_once_with()
        self.assertTrue(extension.installed())

    @ddt.data('30.1.0', '35.0.0', '3', '340.0.0')
    def test_unknown_release(self, release):
        with mock.patch.object(
            version, 'version_string', return_value=release
        ):
            message = self._refusal()
        self.assertEqual(
            f'nova-vgpu-ext does not know this Nova: its release is '
            f'{release}, and only 31 to 34 are known. Install a '
            'nova-vgpu-ext for it, or take the configuration source vgpus '
            'out of nova.conf.',
            message,
        )

    def test_changed_arguments(self):
        with mock.patch.object(
            claims.Claim, '_test_pci', lambda self, pci_requests: None
        ):
            message = self._refusal()
        self.assertIn(
            'Claim._test_pci takes (self pci_requests) instead of (self)',
            message,
        )

    def test_missing_method(self):
        seams = {claims.Claim: {'_test_vanished': 'self'}}
        with mock.patch.object(extension, 'SEAMS', seams):
            message = self._refusal()
        self.assertIn('Claim has no _test_vanished', message)

    @ddt.data('1.20', '2.0', '1.1019')
    def test_changed_compute_node(self, changed):
        with mock.patch.object(compute_node.ComputeNode, 'VERSION', changed):
            message = self._refusal()
        self.assertIn(
            f'its ComputeNode has version {changed} instead of 1.19', message
        )
