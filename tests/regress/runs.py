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

"""Run some of Nova's tests in processes of their own."""

import os
import pathlib
import subprocess
import sys
import tempfile

import subunit
import testtools

import tests
from tests.regress.loading import test_nova

STOCK = 'stock Nova'
EXTENDED = 'the extension'

PASSED = ('success', 'xfail')
FAILED = ('fail', 'uxsuccess', 'inprogress', 'unknown')

# A test that hangs is one that fails; in seconds.
_TIMEOUT = '300'


class DidNotRun(Exception):
    """The tests could not be loaded, or their processes ended badly."""


class NothingChosen(Exception):
    """No regular expression chooses a test of this set."""


def ignore(test):
    """What to do about a test of which only the status matters."""


def run(chosen, side, arguments=(), concurrency=2, seen=ignore):
    """Run a set of tests.

    :param chosen: a key of modules.SETS
    :param side: STOCK or EXTENDED
    :param arguments: of stestr, such as regular expressions of test ids
    :param seen: called with each test as testtools.StreamToDict gives it
    :returns: {test id: its status, such as 'success'}
    :raises NothingChosen: if there is nothing to run
    :raises DidNotRun: if nothing can be told
    """
    statuses = {}

    def note(test):
        if test['status'] != 'exists':
            statuses[test['id']] = test['status']
            seen(test)

    # Hundreds of warnings of other people's, and seldom what went wrong.
    with tempfile.TemporaryFile('w+') as warnings:
        with _start(chosen, side, arguments, concurrency, warnings) as stestr:
            _read(stestr.stdout, note)
        if stestr.returncode:
            warnings.seek(0)
            said = warnings.read().strip()
            if not said:  # as stestr says nothing where nothing is chosen
                raise NothingChosen
            raise DidNotRun(f'stestr failed: {said[-5000:]}')
    return statuses


def _start(chosen, side, arguments, concurrency, warnings):
    # The repository stays, for the times that it knows: with them, the
    # processes of the next run get equal shares.
    venv = pathlib.Path(sys.prefix).name
    repository = pathlib.Path(tests.ROOT, '.stestr', venv, f'nova-{chosen}')
    repository.mkdir(parents=True, exist_ok=True)
    # Tests of one class stay together, in Nova's order.
    line = [sys.executable, '-m', 'stestr', '--repo-url', repository]
    line += ['--group-regex', r'.*\.', 'run', '--subunit']
    line += ['--test-path', './tests/regress/loading']
    line += ['--concurrency', str(concurrency), *arguments]
    environment = {
        **os.environ,
        'OS_TEST_TIMEOUT': _TIMEOUT,
        test_nova.SET: chosen,
        test_nova.EXTENDED: '1' if side == EXTENDED else '',
    }
    return subprocess.Popen(
        line,
        cwd=tests.ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=warnings,
    )


def _read(stream, note):
    result = testtools.StreamToDict(note)
    result.startTestRun()
    # Where stestr has nothing to run, it says so in plain text.
    source = subunit.ByteStreamToStreamResult(stream, non_subunit_name='text')
    source.run(result)
    result.stopTestRun()
