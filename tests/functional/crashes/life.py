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
"""One life of a nova-compute, which can end at any call it makes.

Nova's tests run all services in one process, so a service can't be killed.
Instead, it is cut off: from the call at which it dies on, nothing that its
threads try to reach another does anything but raise ``Crashed``.
"""

import contextlib
import contextvars
import functools
import threading


class Crashed(BaseException):
    """The service is gone. No ``except Exception`` may clean up after it."""


class Life:
    """From the start of a nova-compute to its end.

    :ivar host: its host
    :ivar calls: names of the calls since it was told to ``watch``
    :ivar dead: whether it has ended
    """

    def __init__(self, host):
        self.host = host
        self.calls = []
        self.dead = False
        self._watched = False
        self._last = None
        self._before = None
        self._lock = threading.Lock()

    def watch(self, last=None, before=None):
        """Note calls from now on, and die instead of making the last one.

        :param last: its name, and how many of that name come before it;
            None lets the service live
        :param before: called with the name of each call before it is made
        """
        self.calls = []
        self._last = last
        self._before = before
        self._watched = True

    def unwatch(self):
        """Note no more calls; give back those noted."""
        self._watched = False
        return self.calls

    def check(self):
        """:raises Crashed: if the service is dead"""
        if self.dead:
            raise Crashed(f'nova-compute of {self.host} is dead')

    def call(self, name):
        """The service is about to make a call to somebody else.

        :raises Crashed: if it is dead, or dies here
        """
        if self._watched and self._before is not None:
            with part_of(None):
                self._before(name)
        with self._lock:
            self.check()
            if not self._watched:
                return
            self.dead = self._last == (name, self.calls.count(name))
            self.calls.append(name)
            self.check()


_life = contextvars.ContextVar('life', default=None)


def current():
    """The Life that the running thread belongs to, None if to none."""
    return _life.get()


@contextlib.contextmanager
def part_of(life):
    """Let the running thread belong to a Life, or to none."""
    token = _life.set(life)
    try:
        yield
    finally:
        _life.reset(token)


def counted(function, name):
    """A function that is a call to somebody else.

    :param name: makes the name of the call of the function's arguments
    """

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        life = current()
        if life is not None:
            life.call(name(*args, **kwargs))
        return function(*args, **kwargs)

    return wrapper
