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

"""Run Nova's tests on both sides and say what differs.

    python -m tests.regress [REGEX ...]

Arguments are regular expressions that choose tests. The exit status is 0 only
if tests passed on both sides, and exactly those differ that are listed.
"""

import re
import sys
import tempfile
import time

from tests import choosing
from tests.regress import difference
from tests.regress import modules
from tests.regress import runs

SETS = ('unit', 'functional')
SIDES = (runs.STOCK, runs.EXTENDED)


def run_set(chosen, arguments):
    """Run a set on both sides; {side: {test id: status}}."""
    names = modules.names(chosen)
    print(f'Modules, {chosen}:', *names, sep='\n  ', flush=True)
    found = {}
    for side in SIDES:
        started = time.monotonic()
        found[side] = runs.run(chosen, side, arguments)
        seconds = time.monotonic() - started
        print(
            f'{len(found[side])} {chosen} tests with {side}: '
            f'{passed(found[side])} passed, {seconds:.0f} s',
            flush=True,
        )
    return found


def run_again(chosen, names):
    """Run tests alone, one after the other, on both sides.

    Those that fail with the extension are shown.
    """
    found = {}
    with tempfile.NamedTemporaryFile('w', suffix='.list') as listed:
        listed.write('\n'.join(names))
        listed.flush()
        arguments = ['--load-list', listed.name]
        for side in SIDES:
            show = show_failure if side == runs.EXTENDED else runs.ignore
            found[side] = runs.run(chosen, side, arguments, 1, show)
    return found


def show_failure(test):
    if test['status'] in runs.FAILED:
        print(f'\n{test["id"]}: {test["status"]} with {runs.EXTENDED}')
        for name, content in test['details'].items():
            if 'traceback' in name:
                print(content.as_text())


def passed(statuses):
    return sum(status in runs.PASSED for status in statuses.values())


def settle(chosen, found):
    """Run anew what differs, as a test may be flaky; the result counts."""
    differing = difference.differing(*found.values())
    if not differing:
        return
    print(f'{len(differing)} differ; each is run again, alone.', flush=True)
    for side, statuses in run_again(chosen, differing).items():
        found[side].update(statuses)
    flaky = set(differing) - set(difference.differing(*found.values()))
    for name in sorted(flaky):
        print(f'Does not differ when it is run again: {name}')


def reasons(arguments):
    """What is listed of the tests that were chosen."""
    return {
        name: reason
        for name, reason in difference.expected().items()
        if not arguments or any(re.search(a, name) for a in arguments)
    }


def report(found, verdict, listed):
    """Say what differs, then the counts in one line."""
    for name in verdict.listed:
        print(f'Differs as listed: {name}: {listed[name]}')
    for name in verdict.unlisted:
        stock, extended = (found[side].get(name, 'missing') for side in SIDES)
        print(f'DIFFERS: {name}: {stock} on stock Nova, {extended} with it')
    for name in verdict.needless:
        print(f'LISTED, but does not differ: {name}')
    stock, extended = (found[side] for side in SIDES)
    print(
        f'{len(stock.keys() | extended.keys())} tests, '
        f'{passed(stock)} passed on stock Nova, '
        f'{passed(extended)} with the extension; '
        f'{len(verdict.listed)} differ as listed, '
        f'{len(verdict.unlisted)} differ unlisted'
    )


def main(argv):
    arguments = choosing.by_regex(argv, 'regress', __doc__)
    total = {side: {} for side in SIDES}
    for chosen in SETS:
        try:
            found = run_set(chosen, arguments)
        except runs.NothingChosen:
            print(f'No {chosen} test is chosen.')
            continue
        except runs.DidNotRun as error:
            print(error)
            return 1
        settle(chosen, found)
        for side in SIDES:
            total[side].update(found[side])
    listed = reasons(arguments)
    differing = difference.differing(*total.values())
    verdict = difference.judge(differing, listed)
    report(total, verdict, listed)
    ran = all(passed(statuses) for statuses in total.values())
    return 0 if ran and verdict.good else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
