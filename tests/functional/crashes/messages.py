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
"""RPC between the services: who works, and what becomes of whose messages.

A dead service takes no message; those of others wait for its successor, as
in a broker's queue. Those that it sent itself it had taken, and are lost.
"""

import dataclasses
import functools
import itertools
import threading
import time

import fixtures
import futurist
import oslo_messaging
from nova import rpc
from nova import utils
from oslo_messaging import transport
from oslo_service.backend._common import loopingcall

from tests.functional.crashes import life

_TICKET = 'ticket'


@dataclasses.dataclass(frozen=True)
class Task:
    """Something that is not done yet: a message, or a thread's work."""

    server: str = None
    sender: life.Life = None


class Messages(fixtures.Fixture):
    """Watches all RPC, and lets one compute at a time handle a message.

    So a service makes its calls in the same order each time.

    :ivar lives: {host: its nova-compute's Life}
    """

    def __init__(self):
        super().__init__()
        self.lives = {}
        self._tasks = {}
        self._parked = []
        self._numbers = itertools.count()
        self._one_at_a_time = threading.RLock()

    def _setUp(self):
        self._patch(transport.Transport, '_send', self._send)
        self._patch(oslo_messaging.RPCDispatcher, 'dispatch', self._dispatch)
        self._patch(rpc, 'get_server', self._get_server)
        self._patch(futurist.ThreadPoolExecutor, 'submit', self._submit)
        self._patch(futurist.GreenThreadPoolExecutor, 'submit', self._submit)
        self._patch(loopingcall.LoopingCallBase, '__init__', self._loop)
        if hasattr(utils, 'spawn_n'):  # Nova 31 has no executors
            self._patch(utils, 'spawn', self._spawn)
            self._patch(utils, 'spawn_n', self._spawn)

    def _patch(self, owner, name, around):
        patched = around(getattr(owner, name))
        self.useFixture(fixtures.MockPatchObject(owner, name, patched))

    def _begin(self, task):
        number = next(self._numbers)
        self._tasks[number] = task
        return number

    # What is patched

    def _send(self, original):
        def send(bus, target, ctxt, message, *args, **kwargs):
            sender = life.current()
            if sender is not None:
                sender.call(f'rpc {message["method"]}')
            if not target.fanout:
                number = self._begin(Task(target.server, sender))
                message = {**message, _TICKET: number}
            return original(bus, target, ctxt, message, *args, **kwargs)

        return send

    def _get_server(self, original):
        def get_server(target, *args, **kwargs):
            server = original(target, *args, **kwargs)
            if target.topic.startswith('compute'):
                server.dispatcher.life = self.lives.get(target.server)
            return server

        return get_server

    def _dispatch(self, original):
        def dispatch(dispatcher, incoming):
            mine = getattr(dispatcher, 'life', None)
            if mine is None:
                return self._handle(original, dispatcher, incoming)
            with self._one_at_a_time, life.part_of(mine):
                self._take(mine, incoming)
                return self._handle(original, dispatcher, incoming)

        return dispatch

    def _take(self, mine, incoming):
        """:raises Crashed: if the message doesn't reach the service"""
        number = incoming.message.get(_TICKET)
        sender = self._tasks.get(number, Task()).sender
        if sender is not None and sender.dead and sender.host == mine.host:
            self._tasks.pop(number)
            raise life.Crashed('The message is lost.')
        if mine.dead:
            self._parked.append(incoming)
        mine.check()

    def _handle(self, original, dispatcher, incoming):
        try:
            return original(dispatcher, incoming)
        finally:
            self._tasks.pop(incoming.message.get(_TICKET), None)

    def _submit(self, original):
        def submit(executor, function, *args, **kwargs):
            return original(executor, self._work(function), *args, **kwargs)

        return submit

    def _spawn(self, original):
        def spawn(function, *args, **kwargs):
            return original(self._work(function), *args, **kwargs)

        return spawn

    def _work(self, function):
        """Let what a service starts in a thread be part of its life."""
        mine = life.current()
        if mine is None:
            return function
        number = self._begin(Task())

        @functools.wraps(function)
        def work(*args, **kwargs):
            try:
                with life.part_of(mine):
                    return function(*args, **kwargs)
            finally:
                self._tasks.pop(number)

        return work

    @staticmethod
    def _loop(original):
        """Let a crash in a loop end it, or who waits for it does so for ever.

        Who waits crashes at its own next call.
        """

        def init(loop, function=None, *args, **kwargs):
            return original(
                loop, _ends_with_service(function), *args, **kwargs
            )

        return init

    # What tests need

    def redeliver(self):
        """Give the messages for dead services to their successors."""
        parked, self._parked = self._parked, []
        for incoming in parked:
            incoming.requeue()

    def wait_until_quiet(self, timeout=600):
        """Wait until no living service has anything to do.

        :raises TimeoutError: if that takes too long
        """
        deadline = time.monotonic() + timeout
        while any(self._concerns_the_living(t) for t in self._list()):
            if time.monotonic() > deadline:
                raise TimeoutError(f'still busy with {self._list()}')
            time.sleep(0.01)

    def _list(self):
        return list(self._tasks.values())

    def _concerns_the_living(self, task):
        return task.server not in self.lives or not (
            self.lives[task.server].dead
        )


def _ends_with_service(function):
    """A function for a loop, which is over when its service dies."""

    @functools.wraps(function)
    def turn(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except life.Crashed:
            raise loopingcall.LoopingCallDone from None

    return turn
