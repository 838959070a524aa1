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

"""A cloud in a process of its own, for the demo."""

import contextlib
import pathlib
import subprocess
import threading

from nova_vgpu_ext.sandbox import errors
from nova_vgpu_ext.sandbox import requirements
from nova_vgpu_ext.sandbox import up

START_SECONDS = 60
STOP_SECONDS = 30


class CloudProcess:
    """``nova-vgpu-sandbox up``, run by this process and ended with it."""

    def __init__(self, directory, driver, port):
        """Start it, without waiting until it is ready."""
        # It ends when its standard input does, so even if we are killed.
        self._process = subprocess.Popen(
            [
                requirements.program('nova-vgpu-sandbox'),
                *('up', '--stop-with-stdin'),
                *('--dir', str(directory), '--driver', driver),
                *('--port', str(port)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_until_ready(self):
        """Pass its progress on until it is ready.

        :returns: whether it is; if not, it has said why
        :raises SandboxError: it took too long
        """
        timer = threading.Timer(START_SECONDS, self._process.kill)
        timer.start()
        try:
            for line in self._process.stdout:
                self._show(line)
                if line.startswith(up.READY):
                    return True
        finally:
            timer.cancel()
        if self._process.wait() < 0:
            raise errors.SandboxError(
                f"The cloud wasn't ready after {START_SECONDS} s."
            )
        return False

    def _show(self, line):
        print(line, end='', flush=True)

    def peak_memory(self):
        """The most memory that it has had resident so far, in MiB.

        :raises SandboxError: it isn't running
        """
        status = pathlib.Path(f'/proc/{self._process.pid}/status')
        with contextlib.suppress(OSError):
            for line in status.read_text().splitlines():
                name, _, value = line.partition(':')
                if name == 'VmHWM':
                    return int(value.split()[0]) // 1024
        raise errors.SandboxError('The cloud has ended before its time.')

    def stop(self):
        """End it in order.

        :returns: its exit status, 0 if it ended well
        """
        self._process.terminate()
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            self._process.stdin.close()
            self._process.stdout.close()
