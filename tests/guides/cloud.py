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

"""The sandbox in which the commands of the guides are run."""

import os
import pathlib
import re
import subprocess
import sys
import threading

from nova_vgpu_ext.sandbox import layout as layouts
from nova_vgpu_ext.sandbox import up
from tests.guides import output
from tests.guides import shell

_START_SECONDS = 300
_STOP_SECONDS = 60

_FILES = re.compile(rf'^{up.READY} .*, files in (.*)$', re.MULTILINE)
_POOL = re.compile(r'XenAPI at (http://\S+)')
_USUAL_POOL = 'http://127.0.0.1:18775'


def start(home, command):
    """Start a sandbox by a command line, as a user types it.

    :param home: a directory, for HOME
    :raises AssertionError: it doesn't get ready
    """
    cloud = GuideCloud(home, command)
    if 'give a free one by --port' in cloud.printed:
        cloud.stop()
        cloud = GuideCloud(home, f'{command} --port 0')
    cloud.check()
    return cloud


class GuideCloud:
    """A sandbox in a process of its own.

    :ivar printed: what it has printed until it was ready or ended
    """

    def __init__(self, home, command):
        self._home = pathlib.Path(home)
        # It ends with our pipe to the shell, so even if we are killed.
        self._process = subprocess.Popen(
            [
                *('sh', '-c'),
                f'{command} & exec >/dev/null 2>&1; read _; kill $!; wait $!',
            ],
            env=self._environment(),
            cwd=home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.printed = ''.join(self._lines())

    def _environment(self):
        """As a new terminal has it, with our programs on the path."""
        programs = pathlib.Path(sys.executable).parent
        return {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(('OS_', 'PYTHON'))
            },
            'HOME': str(self._home),
            'PATH': f'{programs}:{os.environ["PATH"]}',
        }

    def _lines(self):
        """What it prints until it is ready."""
        timer = threading.Timer(_START_SECONDS, self._process.stdin.close)
        timer.start()
        for line in self._process.stdout:
            yield line
            if line.startswith('Ctrl-C'):
                break
        timer.cancel()

    def check(self):
        """:raises AssertionError: it isn't ready"""
        ready = _FILES.search(self.printed)
        if ready is None:
            self.stop()
            raise AssertionError(f'The sandbox ended:\n{self.printed}')
        self.layout = layouts.Layout(pathlib.Path(ready[1]))
        # Where nova-manage and ours find it by themselves.
        conf = self._home / '.nova' / 'nova.conf'
        conf.parent.mkdir()
        conf.symlink_to(self.layout.nova_conf)

    def stop(self):
        """End it as by a signal; its exit status."""
        self._process.stdin.close()
        try:
            return self._process.wait(_STOP_SECONDS)
        finally:
            self._process.stdout.close()

    def shell(self):
        """A shell.Shell, in which commands find it once it is told where."""
        return shell.Shell(self._home, self._environment(), self._here)

    def _here(self, command):
        """A command for the files and ports that the sandbox has."""
        pool = _POOL.search(self.printed)[1]
        command = output.completed(command, self.printed)
        return command.replace(_USUAL_POOL, pool)
