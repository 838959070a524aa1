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

"""Instances that get other vGPUs, here or on another host."""

import time

from tests.functional.paths import drivers
from tests.functional.paths.models import A16_16Q
from tests.functional.paths.models import K200
from tests.functional.paths.models import K260Q
from tests.functional.paths.refusals import refused

# More, fewer, another model, none, and from none.
CHANGES = (
    ({A16_16Q: 1}, {A16_16Q: 2}),
    ({A16_16Q: 2}, {A16_16Q: 1}),
    ({K200: 1}, {K260Q: 1}),
    ({K260Q: 1}, {}),
    ({}, {K260Q: 1}),
)

not_yet = refused(
    'The XenServer driver can not resize or migrate instances yet.'
)


def resized(paths):
    """A server after each of the changes, with what it had and what it has.

    It is deleted once the caller is done with it.
    """
    for old, new in CHANGES:
        server = paths.boot_with(old)
        paths.resize(server, old, new)
        yield server, old, new
        paths.delete(server)
    paths.assert_audit_changes_nothing()


class ResizePaths:
    """Resize to another host"""

    def resize(self, server, old, new):
        """Resize from h1 to h2, up to the question whether it is right."""
        flavor = {'flavorRef': self.flavor_of(new)}
        self.act(server, 'resize', flavor, 'VERIFY_RESIZE')
        self.expect(server, {'h1': [old], 'h2': [new]}, {'h2': [new]})

    @not_yet
    def test_confirm(self):
        """Resize to more vGPUs, to fewer, to another model, to none and from
        none, and confirm
        """
        for server, _, new in resized(self):
            self.act(server, 'confirmResize')
            self.holds(server, 'h2', new)

    @not_yet
    def test_revert(self):
        """Resize to more vGPUs, to fewer, to another model, to none and from
        none, and revert
        """
        for server, old, _ in resized(self):
            self.act(server, 'revertResize')
            self.holds(server, 'h1', old)

    @not_yet
    def test_stopped(self):
        """Resize a stopped instance, which stays stopped"""
        old, new = {K200: 1}, {K260Q: 1}
        server = self.boot_with(old)
        self.act(server, 'os-stop', status='SHUTOFF')
        self.keeps(server, 'h1', old)
        self.act(
            server,
            'resize',
            {'flavorRef': self.flavor_of(new)},
            'VERIFY_RESIZE',
        )
        self.expect(server, {'h1': [old], 'h2': [new]}, {})
        self.act(server, 'confirmResize', status='SHUTOFF')
        self.keeps(server, 'h2', new)
        self.act(server, 'os-start')
        self.holds(server, 'h2', new)

    @not_yet
    def test_automatic_confirm(self):
        """Resize, which Nova confirms by itself in time"""
        server = self.boot_with({K200: 1})
        self.resize(server, {K200: 1}, {K260Q: 1})
        self.flags(resize_confirm_window=1)
        time.sleep(2)
        self.computes['h2'].manager._poll_unconfirmed_resizes(self.ctxt)
        self._wait_for_state_change(server, 'ACTIVE')
        self.holds(server, 'h2', {K260Q: 1})

    @not_yet
    def test_delete(self):
        """Delete an instance whose resize nobody has confirmed"""
        server = self.boot_with({K200: 1})
        self.resize(server, {K200: 1}, {K260Q: 1})
        self.delete(server)
        self.assert_audit_changes_nothing()

    @not_yet
    def test_migrate(self):
        """Cold migration, and confirm, and back again, and revert"""
        server = self.boot_with({K260Q: 1})
        both = {'h1': [{K260Q: 1}], 'h2': [{K260Q: 1}]}
        self.act(server, 'migrate', None, 'VERIFY_RESIZE')
        self.expect(server, both, {'h2': [{K260Q: 1}]})
        self.act(server, 'confirmResize')
        self.holds(server, 'h2', {K260Q: 1})
        self.act(server, 'migrate', {'host': 'h1'}, 'VERIFY_RESIZE')
        self.expect(server, both, {'h1': [{K260Q: 1}]})
        self.act(server, 'revertResize')
        self.holds(server, 'h2', {K260Q: 1})


class SameHostPaths:
    """Resize on the same host"""

    hosts = ('h1',)

    def setUp(self):
        super().setUp()
        self.flags(allow_resize_to_same_host=True)

    def resize(self, server, old, new):
        flavor = {'flavorRef': self.flavor_of(new)}
        self.act(server, 'resize', flavor, 'VERIFY_RESIZE')
        self.expect(server, {'h1': [old, new]}, {'h1': [new]})

    @not_yet
    def test_confirm(self):
        """Resize to more vGPUs, to fewer, to another model, to none and from
        none, and confirm
        """
        for server, _, new in resized(self):
            self.act(server, 'confirmResize')
            self.holds(server, 'h1', new)

    @not_yet
    def test_revert(self):
        """Resize to more vGPUs, to fewer, to another model, to none and from
        none, and revert
        """
        for server, old, _ in resized(self):
            self.act(server, 'revertResize')
            self.holds(server, 'h1', old)


class FakeResizeTest(ResizePaths, drivers.FakeCase):
    pass


class FakeAuditedResizeTest(FakeResizeTest):
    """With a periodic run after each step."""

    audits = True


class XenServerResizeTest(ResizePaths, drivers.XenServerCase):
    pass


class FakeSameHostTest(SameHostPaths, drivers.FakeCase):
    pass


class FakeAuditedSameHostTest(FakeSameHostTest):
    """With a periodic run after each step."""

    audits = True


class XenServerSameHostTest(SameHostPaths, drivers.XenServerCase):
    pass
