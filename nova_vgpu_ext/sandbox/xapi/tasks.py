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

"""Tasks: what goes on, and how it ended (taskHelper.ml)."""

import dataclasses
import threading
import xmlrpc.client

from nova_vgpu_ext.sandbox.xapi import handlers
from nova_vgpu_ext.sandbox.xapi.failure import Failure

_GOING_ON = ('pending', 'cancelling')


class Tasks:
    """Makes, runs and ends tasks."""

    def __init__(self, pool):
        self._pool = pool

    def create(self, label, session, description=''):
        """A pending task."""
        return self._pool.db.create(
            'task',
            name_label=label,
            name_description=description,
            created=self._pool.now(),
            session=session,
            resident_on=self._pool.master,
            status='pending',
            type='<none/>',
            allowed_operations=['cancel'],
        )

    def run(self, call, act):
        """Do something in a thread of its own, while the lock is held.

        :param act: a function of the Call, whose result goes to the task
        :returns: the task
        """
        task = self.create(f'Async.{call.method}', call.session)
        call = dataclasses.replace(call, task=task)
        thread = threading.Thread(
            target=self._run, args=(task, act, call), daemon=True
        )
        thread.start()
        return task

    def _run(self, task, act, call):
        with self._pool.lock:
            try:
                result = act(call)
            except Failure as failure:
                self.fail(task, failure)
            else:
                self.complete(task, result)

    def complete(self, task, result=''):
        """Say that a task has been done, unless it has ended or is gone."""
        text = xmlrpc.client.dumps((result,))
        start, end = text.index('<value>'), text.rindex('</value>')
        self._end(
            task,
            status='success',
            progress=1.0,
            result=_bare(text[start : end + len('</value>')]),
        )

    def fail(self, task, failure):
        """Say why a task has failed, unless it has ended or is gone."""
        cancelled = failure.code == 'TASK_CANCELLED'
        self._end(
            task,
            status='cancelled' if cancelled else 'failure',
            progress=1.0,
            error_info=failure.details,
        )

    def check(self, task):
        """:raises Failure: TASK_CANCELLED, if somebody has asked for it"""
        row = self._pool.db.tables['task'].get(task)
        if row is not None and row['status'] == 'cancelling':
            raise Failure('TASK_CANCELLED', task)

    def _end(self, task, **fields):
        row = self._pool.db.tables['task'].get(task)
        if row is not None and row['status'] in _GOING_ON:
            self._pool.db.write(
                'task',
                task,
                finished=self._pool.now(),
                allowed_operations=[],
                **fields,
            )
            self._pool.lock.notify_all()


def _bare(text):
    """Without the type of texts, which XAPI leaves out."""
    return text.replace('<string>', '').replace('</string>', '')


class Task(handlers.Handlers):
    """The calls of class task."""

    def create(self, call, label, description):
        return self.pool.tasks.create(label, call.session, description)

    def destroy(self, call, task):
        self.db.destroy('task', task)

    def cancel(self, call, task):
        if self.db.row('task', task)['status'] not in _GOING_ON:
            raise Failure('OPERATION_NOT_ALLOWED', 'Task has ended already')
        self.db.write('task', task, status='cancelling')
