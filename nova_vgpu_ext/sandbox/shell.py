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

"""The commands that the demo runs, each shown with what it says."""

import json
import shlex
import subprocess
import sys
import time
import typing

from nova_vgpu_ext.sandbox import environ
from nova_vgpu_ext.sandbox import requirements

COMMAND_SECONDS = 90
# The fault of an instance has a whole traceback in one line.
WIDTH = 120


class StepFailed(Exception):
    """One sentence: what was expected, and what was seen instead."""


def expect(condition, sentence):
    """:raises StepFailed: the condition isn't met; the sentence says so"""
    if not condition:
        raise StepFailed(sentence)


def eventually(look, seconds=60, pause=0):
    """What a look at the cloud returns, once it raises StepFailed no more.

    :param pause: seconds between looks; none after a command, as that takes
        a second or two by itself
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            return look()
        except StepFailed:
            if time.monotonic() > deadline:
                raise
        time.sleep(pause)


class Row(typing.NamedTuple):
    """What a host has of a model."""

    max: int
    used: int
    free: int


class Shell:
    """Runs commands as a user of the cloud would."""

    def __init__(self, layout):
        """:param layout: of the sandbox to talk to"""
        self._conf = str(layout.nova_conf)
        self._environment = environ.for_client(layout)

    def openstack(self, *arguments):
        """Run ``openstack``; return what it prints.

        :raises StepFailed: its exit status isn't 0
        """
        return self._run('openstack', *arguments)

    def openstack_json(self, *arguments):
        """Run ``openstack``; return what its JSON says.

        :raises StepFailed: its exit status isn't 0, or it prints no JSON
        """
        output = self.openstack(*arguments, '-f', 'json')
        try:
            return json.loads(output)
        except ValueError:
            raise StepFailed(
                f'The output should be JSON, not {output!r}.'
            ) from None

    def capacity(self, host=None):
        """Run ``nova-vgpu-manage capacity list``.

        :param host: only this one
        :returns: {(host, model): Row}
        :raises StepFailed: its exit status isn't 0
        """
        only = () if host is None else ('--host', host)
        command = ('--config-file', self._conf, 'capacity', 'list', *only)
        return table(self._run('nova-vgpu-manage', *command))

    def _run(self, program, *arguments):
        command = shlex.join([program, *arguments])
        print(f'\n$ {command}', flush=True)
        try:
            done = subprocess.run(
                [requirements.program(program), *arguments],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=COMMAND_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise StepFailed(
                f'`{command}` took more than {COMMAND_SECONDS} s.'
            ) from None
        _show(done.stdout)
        _show(done.stderr)
        expect(
            done.returncode == 0,
            f'`{command}` should succeed, and its exit status is '
            f'{done.returncode}.',
        )
        return done.stdout


def _show(output):
    """Print what a command says, but for the rest of very long lines."""
    for line in output.strip().splitlines():
        print(line if len(line) <= WIDTH else f'{line[:WIDTH]}...')
    sys.stdout.flush()


def table(output):
    """{(host, model): Row} of what ``capacity list`` shows."""
    lines = [
        [cell.strip() for cell in line.strip('|').split('|')]
        for line in output.splitlines()
        if line.startswith('|')
    ]
    expected = ['host', 'model', *Row._fields]
    if not lines or lines[0] != expected:
        raise StepFailed(
            f'There should be a table with {", ".join(expected)}.'
        )
    return {
        (host, model): Row(*map(int, counts))
        for host, model, *counts in lines[1:]
    }
