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

"""Resizes that fail on the way."""

from unittest import mock

import fixtures

from nova_vgpu_ext.compute import stale_allocations
from tests.functional.paths import drivers
from tests.functional.paths.models import K200
from tests.functional.paths.models import K260Q
from tests.functional.paths.test_resize import not_yet

OLD, NEW = {K200: 1}, {K260Q: 1}


class FailedResizePaths:
    """Resize that fails"""

    leaves_allocations = True

    def setUp(self):
        super().setUp()
        self.useFixture(
            fixtures.MockPatchObject(stale_allocations, '_AGE', 0.1)
        )
        self.server = self.boot_with(OLD)
        self.new = {'flavorRef': self.flavor_of(NEW)}

    def resize(self):
        self.act(self.server, 'resize', self.new, 'VERIFY_RESIZE')
        self.expect(self.server, {'h1': [OLD], 'h2': [NEW]}, {'h2': [NEW]})

    def resize_and_return(self):
        """All goes well at first, if the driver can do it at all."""
        self.resize()
        self.act(self.server, 'revertResize')
        self.holds(self.server, 'h1', OLD)

    def recover(self, host, wanted):
        """As Nova advises: reset the state, and reboot."""
        self.act(self.server, 'os-resetState', {'state': 'active'})
        self.act(self.server, 'reboot', {'type': 'HARD'})
        self.holds(self.server, host, wanted)
        self.assert_audit_changes_nothing()
        self.delete(self.server)

    @not_yet
    def test_prepare(self):
        """Resize fails when the destination prepares it"""
        self.resize_and_return()
        with mock.patch.object(
            self.computes['h2'].manager.compute_rpcapi,
            'resize_instance',
            side_effect=RuntimeError,
        ):
            self.fails(self.server, 'resize', self.new)
        self.holds(self.server, 'h1', OLD)
        self.assert_audit_changes_nothing()
        self.recover('h1', OLD)

    @not_yet
    def test_resize_instance(self):
        """Resize fails when the source lets go of the disk"""
        self.resize_and_return()
        with self.failing('h1', 'migrate_disk_and_power_off'):
            self.fails(self.server, 'resize', self.new)
        # What is claimed at the destination stays so until the next audit.
        self.audit()
        self.holds(self.server, 'h1', OLD)
        self.recover('h1', OLD)

    @not_yet
    def test_finish(self):
        """Resize fails when the destination starts the instance"""
        with self.failing('h2', 'finish_migration'):
            self.fails(self.server, 'resize', self.new)
        self.audit()
        self.keeps(self.server, 'h2', OLD)
        self.recover('h2', OLD)

    @not_yet
    def test_confirm(self):
        """Confirm fails"""
        self.resize()
        with self.failing('h1', 'confirm_migration'):
            self.fails(self.server, 'confirmResize')
        self.audit()
        self.holds(self.server, 'h2', NEW)
        self.recover('h2', NEW)

    @not_yet
    def test_revert(self):
        """Revert fails at the destination"""
        self.resize()
        with self.failing('h2', 'destroy'):
            self.fails(self.server, 'revertResize')
        self.audit()
        self.holds(self.server, 'h2', NEW)
        self.recover('h2', NEW)

    @not_yet
    def test_finish_revert(self):
        """Revert fails when the source starts the instance"""
        self.resize()
        with self.failing('h1', 'finish_revert_migration'):
            self.fails(self.server, 'revertResize')
        self.audit()
        self.keeps(self.server, 'h1', OLD)
        self.recover('h1', OLD)


class FakeFailedResizeTest(FailedResizePaths, drivers.FakeCase):
    pass


class XenServerFailedResizeTest(FailedResizePaths, drivers.XenServerCase):
    pass
