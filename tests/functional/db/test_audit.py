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

"""``nova-vgpu-manage audit`` on Nova's databases."""

import dataclasses
import json
from unittest import mock

import nova.conf
from nova import objects
from oslo_utils import timeutils

from nova_vgpu_ext import capacity
from nova_vgpu_ext import conf
from nova_vgpu_ext.db import migration
from tests.functional.db import base
from tests.functional.db import test_manage

OWNER = '2f0b9a0e-7b0c-4d3c-8f0e-3c1d2b6a9e01'


def orphaned():
    """The text of a host with a vGPU that no instance claims."""
    books = capacity.HostVGPUs.from_json(base.books())
    vgpu = capacity.Resident('pgpu', 'small', OWNER)
    return dataclasses.replace(books, residents=[vgpu]).to_json()


class TestAudit(test_manage.CommandTestCase):
    def setUp(self):
        super().setUp()
        self.succeed('db', 'sync')
        conf.register_opts(nova.conf.CONF)
        self.now = timeutils.utcnow()

    def audit(self, *args):
        """(exit code, stdout, stderr)"""
        return self.run_command('audit', *args)

    def host(self, name, books=None, **values):
        values.setdefault('updated_at', self.now)
        self.add_node(name, books or base.books(), **values)

    # Nobody is there to be notified.
    @mock.patch.object(objects.Flavor, '_send_notification', mock.Mock())
    def flavor(self, name, **extra_specs):
        objects.Flavor(
            self.admin,
            name=name,
            flavorid=name,
            memory_mb=64,
            vcpus=1,
            root_gb=1,
            ephemeral_gb=0,
            swap=0,
            rxtx_factor=1.0,
            is_public=True,
            disabled=False,
            extra_specs=extra_specs,
        ).create()

    def test_all_is_well(self):
        self.host('a')
        self.add_node('no GPUs')
        self.flavor('gpu', **{'vgpus:Small': '1'})
        self.flavor('plain')
        self.assertEqual((0, '', ''), self.audit())
        self.assertEqual((0, '[]\n', ''), self.audit('-f', 'json'))

    def test_finding(self):
        self.host('a', orphaned())
        self.host('b')
        code, out, err = self.audit()
        self.assertEqual((1, ''), (code, err))
        self.assertIn('orphan', out)
        self.assertIn(OWNER, out)
        self.assertEqual(0, self.audit('--host', 'b')[0])

    def test_json(self):
        self.host('a', orphaned())
        code, out, _ = self.audit('-f', 'json')
        (found,) = json.loads(out)
        self.assertEqual(1, code)
        self.assertIn('destroy the VM', found.pop('text'))
        self.assertEqual(
            {
                'host': 'a',
                'kind': 'orphan',
                'instance': OWNER,
                'model': 'Small',
            },
            found,
        )

    def test_old_report(self):
        self.host('a', orphaned(), updated_at=base.SAVED)
        code, out, err = self.audit()
        self.assertEqual(2, code)
        self.assertIn('Host a has not reported since 2026-01-02T03:04', err)
        self.assertIn(OWNER, out)

    def test_period_is_as_configured(self):
        self.host('a', updated_at=base.SAVED)
        self.conf.config(update_resources_interval=10**9)
        self.assertEqual(0, self.audit()[0])
        self.conf.config(update_resources_interval=-1)
        self.assertEqual(0, self.audit()[0])

    def test_unreadable_report(self):
        self.host('a', orphaned())
        self.host('bad', 'garbage')
        code, out, err = self.audit()
        self.assertEqual(2, code)
        self.assertIn("What host bad reported can't be read", err)
        self.assertIn(OWNER, out)

    def test_unknown_host(self):
        self.assertEqual(
            (2, '', 'No compute host x was found.\n'),
            self.audit('--host', 'x'),
        )

    def test_flavor_that_nobody_has_the_model_of(self):
        self.host('a')
        self.flavor('old', **{'vgpus:Tiny': '1'})
        self.flavor('wrong', **{'vgpus:Small': '0'})
        code, out, _ = self.audit('-f', 'json')
        self.assertEqual(1, code)
        texts = sorted(found['text'] for found in json.loads(out))
        self.assertIn('Flavor old asks for the vGPU model Tiny, wh', texts[0])
        self.assertIn("Flavor wrong: Extra spec 'vgpus:Small'", texts[1])

    def test_no_flavor_is_judged_while_a_host_is_unknown(self):
        self.host('bad', 'garbage')
        self.flavor('gpu', **{'vgpus:Small': '1'})
        self.assertEqual('[]\n', self.audit('-f', 'json')[1])

    def test_cell_without_the_column(self):
        migration.downgrade(self.engine())
        code, _, err = self.audit()
        self.assertEqual(2, code)
        self.assertIn('nova-vgpu-manage db sync', err)

    def test_no_database(self):
        self.conf.config(connection=None, group='api_database')
        code, _, err = self.audit()
        self.assertEqual(2, code)
        self.assertIn('[api_database] connection', err)
