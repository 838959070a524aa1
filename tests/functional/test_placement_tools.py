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

"""Quotas and Nova's own tools for Placement know of vGPUs."""

import contextlib
import io

from nova.cmd import manage
from nova.limit import local as local_limit
from nova.tests.functional.api import client
from oslo_limit import fixture as limit_fixture

from nova_vgpu_ext import names
from tests.functional import base

K200 = 'GRID K200'
K260Q = 'GRID K260Q'
KEY = names.canonical_key(K260Q)
UNLIMITED = -1


class ToolsTest(base.VGPUTestCase):
    def setUp(self):
        super().setUp()
        for host in ('h1', 'h2'):
            self.start_host(host, 'GRID K2')
        self.k260q = self.flavor({f'vgpus:{K260Q}': '1'})
        self.k200 = self.flavor({f'vgpus:{K200}': '1'})

    def tool(self, command, **kwargs):
        """Run a command of ``nova-manage placement``: (code, output)."""
        with contextlib.redirect_stdout(io.StringIO()) as out:
            code = getattr(manage.PlacementCommands(), command)(**kwargs)
        return code, out.getvalue()

    def assert_audit_finds_nothing(self):
        code, out = self.tool('audit', verbose=True)
        self.assertEqual(0, code, out)
        self.assert_placement()

    def test_audit_finds_nothing_wrong(self):
        server = self.boot(self.k260q)
        self.assert_audit_finds_nothing()
        self._resize_server(server, self.k200)
        self.assert_audit_finds_nothing()
        self._revert_resize(server)
        self.assert_audit_finds_nothing()
        self._migrate_server(server)
        self.assert_audit_finds_nothing()
        self._confirm_resize(server)
        self.assert_audit_finds_nothing()
        self._delete_server(server)
        self.assert_audit_finds_nothing()

    def test_heal_allocations(self):
        server = self.boot(self.k260q, host='h1')
        self.placement.delete(f'/allocations/{server["id"]}')
        code, out = self.tool('heal_allocations', verbose=True)
        self.assertEqual(0, code, out)
        (there,) = self._get_allocations_by_server_uuid(server['id']).values()
        self.assertEqual(1, there['resources'][KEY])
        self.audit()
        self.assert_audit_finds_nothing()


class QuotaTest(base.VGPUTestCase):
    def setUp(self):
        super().setUp()
        self.flags(driver='nova.quota.UnifiedLimitsDriver', group='quota')
        limits = dict.fromkeys(
            (
                local_limit.SERVER_METADATA_ITEMS,
                local_limit.INJECTED_FILES,
                local_limit.INJECTED_FILES_CONTENT,
                local_limit.INJECTED_FILES_PATH,
                'servers',
                'class:VCPU',
                'class:MEMORY_MB',
                'class:DISK_GB',
                f'class:{names.canonical_key(K200)}',
            ),
            UNLIMITED,
        )
        limits[f'class:{KEY}'] = 2
        self.useFixture(limit_fixture.LimitFixture(limits, {}))
        self.start_host('h1', 'GRID K2')

    def test_a_project_gets_no_more_than_its_limit(self):
        for extra_specs in (
            {f'vgpus:{K260Q}': '1'},
            {f'capabilities:vgpus:{K260Q}': '> 0'},
        ):
            self.boot(self.flavor(extra_specs))
        body = self._build_server(
            flavor_id=self.flavor({f'resources:{KEY}': '1'}), networks='none'
        )
        refused = self.assertRaises(
            client.OpenStackApiException,
            self.api.post_server,
            {'server': body},
        )
        self.assertEqual(403, refused.response.status_code)
        self.assertIn(KEY, refused.response.text)
        self.boot(self.flavor({f'vgpus:{K200}': '1'}))
