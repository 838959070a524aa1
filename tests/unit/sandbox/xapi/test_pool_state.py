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
import json

from nova_vgpu_ext.sandbox.xapi import pool_state
from nova_vgpu_ext.sandbox.xapi import pools
from nova_vgpu_ext.sandbox.xapi.failure import Failure
from tests.unit.sandbox.xapi import base


class PoolStateTest(base.PoolTestCase):
    def restored(self):
        """A pool with the state of the last one."""
        state = json.loads(json.dumps(pool_state.taken(self.pool)))
        pool = pools.parse(base.ONE_K2)
        self.addCleanup(pool.close)
        pool_state.restore(pool, state)
        return pool

    def start(self, name):
        vm = self.vm(name, 'GRID K260Q')
        host = self.named('host', 'h1')
        self.call('VM.start_on', vm, host, False, False)
        return vm

    def test_all_is_as_before(self):
        self.load()
        self.start('one')
        self.vm('two')
        before = self.pool.snapshot()
        after = self.restored().snapshot()
        for table, rows in before.items():
            for ref, row in rows.items():
                self.assertEqual(row, after[table][ref])

    def test_goes_on(self):
        self.load()
        one = self.start('one')
        self.pool = self.restored()
        for name in ('two', 'three', 'four'):
            self.start(name)
        five = self.vm('five', 'GRID K260Q')
        host = self.named('host', 'h1')
        self.assertRaises(
            Failure, self.call, 'VM.start_on', five, host, False, False
        )
        self.call('VM.hard_shutdown', one)
        self.call('VM.start_on', five, host, False, False)

    def test_nothing_goes_on_that_did(self):
        self.load()
        vm = self.vm()
        self.pool.db.write('VM', vm, current_operations={'t': 'start'})
        self.pool.tasks.create('an import', 'session')
        pool = self.restored()
        self.assertEqual({}, pool.db.row('VM', vm)['current_operations'])
        self.assertEqual({}, pool.db.tables['task'])
