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

"""A shell in which the commands of a page are run, one after the other."""

import re
import subprocess
import time

from tests.guides import output

_SECONDS = 180  # for one command, on a machine that is busy
_PATIENCE = 40  # seconds; computes report every 10
_PAUSE = 1

# What only looks may be asked again, until what was done has become known.
_LOOKS = re.compile(r' (list|show|explain|audit|check)\b')


class Shell:
    """Keeps exported variables and nothing else.

    :param directory: where it begins
    :param environment: its variables
    :param here: function of a command line, gives what is run for it
    """

    def __init__(self, directory, environment, here=lambda text: text):
        self._directory = directory
        self._environment = environment
        self._here = here
        self._state = directory / '.exported'
        self._state.write_text('')

    def play(self, command):
        """Run a Command until it ends and prints as it should.

        :returns: what is wrong, in a few lines, or None
        """
        deadline = time.monotonic() + _PATIENCE
        while True:
            done = self.run(command.text)
            wrong = _wrong(command, done)
            again = _LOOKS.search(command.text)
            if not wrong or not again or time.monotonic() > deadline:
                return wrong
            time.sleep(_PAUSE)

    def run(self, text):
        """Run a command line, which may change variables.

        :returns: a subprocess.CompletedProcess with all output together
        """
        script = (
            f'. "{self._state}"\n{self._here(text)}\nstatus=$?\n'
            f'export -p >"{self._state}"\nexit $status'
        )
        return subprocess.run(
            ['sh', '-c', script],
            cwd=self._directory,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_SECONDS,
        )


def _wrong(command, done):
    if done.returncode != command.status:
        said = f'its exit status is {done.returncode}, not {command.status}'
    elif output.lacks(done.stdout, command.shown):
        said = f'it should print\n{command.shown}'
    else:
        return None
    return f'`{command.text}`: {said}\nIt printed\n{done.stdout}'
