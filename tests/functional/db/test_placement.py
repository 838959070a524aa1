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

"""``nova-vgpu-manage placement heal`` on Nova's databases.

What it does in Placement is shown in tests/functional/test_placement.py.
"""

import fixtures
import nova.conf
from keystoneauth1 import exceptions as ks_exc
from oslo_utils import timeutils
from oslo_utils.fixture import uuidsentinel as uuids

from nova_vgpu_ext import conf
from nova_vgpu_ext.cmd import healing
from tests.functional.db import base
from tests.functional.db import test_manage

KEY = 'CUSTOM_VGPU_A'


class TestHeal(test_manage.CommandTestCase):
    def setUp(self):
        super().setUp()
        self.succeed('db', 'sync')
        conf.register_opts(nova.conf.CONF)
        self.useFixture(
            fixtures.MockPatch(
                'nova.scheduler.client.report.report_client_singleton'
            )
        )
        self.outcome = []
        self.heal = self.useFixture(
            fixtures.MockPatchObject(
                healing, 'heal', side_effect=lambda *_: self.outcome
            )
        ).mock
        self.add_node('a', base.books(), updated_at=timeutils.utcnow())
        self.add_node('no GPUs')

    def test_nobody_lacks_anything(self):
        self.assertEqual('', self.succeed('placement', 'heal'))
        (call,) = self.heal.mock_calls
        self.assertEqual('a', call.args[2].host)

    def test_healed(self):
        self.outcome = [healing.Healed('a', uuids.one, {KEY: 2})]
        self.assertEqual(
            f'Host a: instance {uuids.one} now has 2 x {KEY}\n',
            self.succeed('placement', 'heal', '--host', 'a'),
        )
        self.heal.assert_called_once()
        self.assertEqual(
            (1, '', 'No compute host b was found.\n'),
            self.run_command('placement', 'heal', '--host', 'b'),
        )

    def test_what_would_be_done(self):
        self.outcome = [healing.Healed('a', uuids.one, {KEY: 2})]
        code, out, err = self.run_command('placement', 'heal', '--dry-run')
        self.assertEqual((1, ''), (code, err))
        self.assertEqual(
            f'Host a: instance {uuids.one} lacks 2 x {KEY}\n', out
        )

    def test_what_can_not_be_done(self):
        self.outcome = [
            healing.Healed('a', uuids.one, {KEY: 1}, 'wait for it')
        ]
        code, out, err = self.run_command('placement', 'heal')
        self.assertEqual((1, ''), (code, err))
        self.assertEqual(
            f'Host a: instance {uuids.one} lacks 1 x {KEY}; wait for it.\n',
            out,
        )

    def test_placement_is_away(self):
        self.heal.side_effect = ks_exc.ConnectFailure('no route')
        self.assertEqual(
            'Host a: Placement did not help: no route\n',
            self.fail_with('placement', 'heal'),
        )

    def test_books_that_nobody_can_read(self):
        self.add_node('broken', '{}')
        self.assertIn(
            "Host broken: what it reported can't be read: ",
            self.fail_with('placement', 'heal'),
        )

    def test_turned_off(self):
        nova.conf.CONF.set_override('claim_in_placement', False, 'vgpus')
        self.addCleanup(
            nova.conf.CONF.clear_override, 'claim_in_placement', 'vgpus'
        )
        out = self.succeed('placement', 'heal')
        self.assertIn('claim_in_placement is off', out)

    def test_whose_migration_it_is(self):
        self.execute(
            'INSERT INTO migrations (uuid, instance_uuid, deleted) '
            'VALUES (:uuid, :instance, 0)',
            uuid=uuids.move,
            instance=uuids.one,
        )
        self.succeed('placement', 'heal')
        instances_of = self.heal.mock_calls[0].args[4]
        self.assertEqual(
            {uuids.move: uuids.one}, instances_of([uuids.move, uuids.two])
        )
