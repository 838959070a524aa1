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

"""How the sandbox learns that it should end, and how it does."""

import contextlib
import os
import signal
import sys
import threading

from nova_vgpu_ext.sandbox import errors

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequest:
    """Made by a signal, or by the end of standard input."""

    def __init__(self):
        self._made = threading.Event()

    def listen(self):
        """Take over the signals that usually end a process."""
        for number in SIGNALS:
            signal.signal(number, lambda *_: self._made.set())

    def listen_to(self, stream):
        """Take the end of a stream as a request, too.

        The other end of a pipe is closed however the process that holds it
        ends, so nothing is left running when a parent is killed.
        """
        threading.Thread(
            target=self._drain, args=[stream], daemon=True
        ).start()

    def _drain(self, stream):
        while stream.read(4096):
            pass
        self._made.set()

    def check(self):
        """:raises Interrupted: the request has been made"""
        if self._made.is_set():
            raise errors.Interrupted

    def wait(self):
        """Return when the request is made."""
        self._made.wait()


def leave(status):
    """End the process at once: Nova's threads would hold a normal exit."""
    # Whoever read our output may be gone.
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)
