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

import time
import xmlrpc.client

import XenAPI

from nova_vgpu_ext.sandbox.xapi import records
from nova_vgpu_ext.sandbox.xapi.signatures import NULL
from tests.unit.sandbox.xapi import base


class TaskTestCase(base.SimulatorTestCase):
    def setUp(self):
        super().setUp()
        self.serve()
        self.xapi = self.log_in().xenapi

    def ended(self, task):
        """The task's record, once it has ended."""
        while self.xapi.task.get_status(task) == 'pending':
            time.sleep(0.01)
        return self.xapi.task.get_record(task)

    def test_success(self):
        task = self.xapi.Async.VM.create(records.vm('vm'))
        record = self.ended(task)
        self.assertEqual('success', record['status'])
        self.assertEqual('Async.VM.create', record['name_label'])
        vm = self.named('VM', 'vm')
        self.assertEqual(f'<value>{vm}</value>', record['result'])
        self.xapi.task.destroy(task)
        self.assertEqual({}, self.pool.db.tables['task'])

    def test_no_result(self):
        vm, host = self.vm(), self.named('host', 'h1')
        task = self.xapi.Async.VM.start_on(vm, host, False, False)
        self.assertEqual('<value></value>', self.ended(task)['result'])

    def test_failure(self):
        vm = self.vm()
        record = self.ended(self.xapi.Async.VM.clean_shutdown(vm))
        self.assertEqual('failure', record['status'])
        self.assertEqual(
            ['VM_BAD_POWER_STATE', vm, 'running', 'halted'],
            record['error_info'],
        )

    def test_other_calls_go_on_meanwhile(self):
        self.pool.settings.start_seconds = 1.0
        vm, host = self.vm(), self.named('host', 'h1')
        task = self.xapi.Async.VM.start_on(vm, host, False, False)
        # Its thread may not have come to the VM yet.
        while not (found := self.xapi.VM.get_current_operations(vm)):
            self.assertEqual('pending', self.xapi.task.get_status(task))
            time.sleep(0.01)
        self.assertIn(task, found)
        self.assertEqual('success', self.ended(task)['status'])
        self.assertEqual({}, self.xapi.VM.get_current_operations(vm))

    def test_destroyed_meanwhile(self):
        self.pool.settings.start_seconds = 0.1
        vm, host = self.vm(), self.named('host', 'h1')
        task = self.xapi.Async.VM.start_on(vm, host, False, False)
        self.xapi.task.destroy(task)
        while self.xapi.VM.get_power_state(vm) != 'Running':
            time.sleep(0.01)

    def test_of_a_client(self):
        task = self.xapi.task.create('label', 'description')
        self.xapi.task.set_progress(task, 0.5)
        self.xapi.task.set_status(task, 'success')
        self.assertEqual(0.5, self.xapi.task.get_progress(task))
        self.refused_remotely(
            ['OPERATION_NOT_ALLOWED', 'Task has ended already'],
            self.xapi.task.cancel,
            task,
        )

    def test_cancelling(self):
        task = self.xapi.task.create('label', '')
        self.xapi.task.cancel(task)
        self.assertEqual('cancelling', self.xapi.task.get_status(task))


class EventTestCase(base.SimulatorTestCase):
    def setUp(self):
        super().setUp()
        self.serve()
        self.session = self.log_in()
        self.xapi = self.session.xenapi

    def watch(self, classes=('vgpu', 'pgpu'), token='', timeout=0.0):
        return self.xapi.event_from(list(classes), token, timeout)

    def seen(self, answer):
        return [
            (event['operation'], event['class'], event['ref'])
            for event in answer['events']
        ]

    def test_all_at_first(self):
        answer = self.watch(['*'])
        self.assertEqual({'add'}, {seen[0] for seen in self.seen(answer)})
        self.assertIn(
            'GRID K200',
            [
                event['snapshot'].get('model_name')
                for event in answer['events']
            ],
        )
        self.assertEqual('2', answer['valid_ref_counts']['pgpu'])

    def test_life_of_a_vgpu(self):
        token = self.watch()['token']
        vm = self.vm('vm', 'GRID K200')
        (vgpu,) = self.row('VM', vm)['VGPUs']
        answer = self.watch(token=token)
        self.assertEqual([('add', 'vgpu', vgpu)], self.seen(answer))
        self.start(vm)
        answer = self.watch(token=answer['token'])
        (pgpu,) = self.places(vm)
        self.assertEqual(
            [('mod', 'vgpu', vgpu), ('mod', 'pgpu', pgpu)], self.seen(answer)
        )
        snapshot = answer['events'][0]['snapshot']
        self.assertEqual(pgpu, snapshot['resident_on'])
        self.call('VM.hard_shutdown', vm)
        self.call('VM.destroy', vm)
        answer = self.watch(['VGPU'], answer['token'])
        self.assertEqual([('del', 'vgpu', vgpu)], self.seen(answer))
        self.assertNotIn('snapshot', answer['events'][0])
        self.assertEqual({'vgpu': '0'}, answer['valid_ref_counts'])

    def test_gone_before_it_was_seen(self):
        token = self.watch(['vm'])['token']
        self.call('VM.destroy', self.vm())
        self.assertEqual([], self.watch(['vm'], token)['events'])

    def test_one_object(self):
        vm = self.vm()
        answer = self.watch([f'vm/{vm}', 'network/x'])
        self.assertEqual([('add', 'vm', vm)], self.seen(answer))
        answer = self.watch([f'VM/{vm}', 'vm'])
        self.assertLess(1, len(answer['events']))

    def test_waits_for_a_change(self):
        token = self.watch(['vm'])['token']
        task = self.xapi.Async.VM.create(records.vm('vm'))
        answer = self.watch(['vm'], token, 10.0)
        self.assertEqual('add', self.seen(answer)[0][0])
        self.xapi.task.get_record(task)

    def test_time_is_up(self):
        token = self.watch(['vm'])['token']
        begun = time.monotonic()
        answer = self.watch(['vm'], token, 0.2)
        self.assertGreaterEqual(time.monotonic() - begun, 0.2)
        self.assertEqual([], answer['events'])
        self.assertEqual(token, answer['token'])

    def test_bad_token(self):
        self.refused_remotely(
            ['EVENT_FROM_TOKEN_PARSE_FAILURE', 'x'],
            self.xapi.event_from, ['vm'], 'x', 1.0,
        )  # fmt: skip

    def test_bad_class(self):
        self.refused_remotely(
            ['EVENT_SUBSCRIPTION_PARSE_FAILURE', 'cow'],
            self.xapi.event_from, ['cow'], '', 1.0,
        )  # fmt: skip

    def test_session_ends_meanwhile(self):
        token = self.watch(['vm'])['token']
        with self.pool.lock:
            self.pool.db.create('VM')
            self.pool.sessions.forget(self.session.handle)
        self.session.last_login_method = None
        self.assertRaises(xmlrpc.client.Fault, self.watch, ['vm'], token, 1.0)

    def test_sessions_give_no_events(self):
        self.assertRaises(XenAPI.Failure, self.watch, ['session'])
        self.assertNotIn(NULL, self.watch()['token'])
