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

"""Run the unit tests, then the functional ones; end with one line of counts.

    python tests/run.py [--exclude-regex REGEX] [REGEX ...]

Arguments go to stestr. The last line reads "N passed, N failed". The exit
status is 0 only if tests ran and none failed. Each run starts without the
results of earlier ones, so that no old result can be counted as new.
"""

import collections
import io
import pathlib
import shutil
import subprocess
import sys

import subunit
import testtools

ROOT = pathlib.Path(__file__).parent.parent
FAILED = ('fail', 'uxsuccess', 'inprogress', 'unknown')


def repository(kind):
    # One for each virtual environment: a run on one release of Nova leaves
    # the results on another alone.
    return ROOT / '.stestr' / pathlib.Path(sys.prefix).name / kind


def stestr(kind, command, *arguments, **options):
    line = [sys.executable, '-m', 'stestr', '--repo-url', repository(kind)]
    return subprocess.run([*line, command, *arguments], cwd=ROOT, **options)


def run(kind, arguments):
    """Run one kind of tests; give back whether stestr was content."""
    shutil.rmtree(repository(kind), ignore_errors=True)
    repository(kind).mkdir(parents=True)
    tests = ['--test-path', f'./tests/{kind}', '--concurrency', '2']
    return stestr(kind, 'run', *tests, *arguments).returncode == 0


def count(kind):
    """Count the tests of the last run by their outcome."""
    stream = stestr(kind, 'last', '--subunit', stdout=subprocess.PIPE).stdout
    outcomes = collections.Counter()
    result = testtools.StreamToDict(
        lambda test: outcomes.update([test['status']])
    )
    result.startTestRun()
    # Where nothing was run, stestr says so in plain text, which is no test.
    source = subunit.ByteStreamToStreamResult(
        io.BytesIO(stream), non_subunit_name='stestr'
    )
    source.run(result)
    result.stopTestRun()
    return outcomes


def main(arguments):
    total = collections.Counter()
    content = True
    for kind in ('unit', 'functional'):
        passed = run(kind, arguments)
        outcomes = count(kind)
        # A filter may leave nothing of one kind to run, which stestr takes
        # for a failure.
        content &= passed or (bool(arguments) and not outcomes)
        total += outcomes
    failed = sum(total[outcome] for outcome in FAILED)
    succeeded = total['success'] + total['xfail']
    print(f'\n{total["skip"]} skipped')
    print(f'{succeeded} passed, {failed} failed')
    return 0 if content and succeeded and not failed else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
