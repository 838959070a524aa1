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
"""Let a nova-compute crash at each call that it makes, one at a time.

    python -m tests.crashes [OPERATION ...]

What went wrong is printed first, then a table of the operations. The exit
status is 0 only if there were crashes, and all was well after each.
"""

import concurrent.futures
import json
import os
import subprocess
import sys

import tests
from tests import choosing
from tests.functional.crashes import operations

AT_ONCE = 2
HOURS = 2


def run(name):
    """All crashes in one operation; {point: what went wrong, or None}."""
    result = subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', 'tests.crashes.campaign', name],
        capture_output=True,
        cwd=tests.ROOT,
        env={**os.environ, 'PYTHONSAFEPATH': ''},
        text=True,
        timeout=HOURS * 3600,
    )
    try:
        return json.loads(result.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        text = f'{result.stdout}\n{result.stderr}'[-20000:]
        return {f'the whole of {name}': f'It broke off.\n{text}'}


def table(outcomes):
    """Lines about {operation: {point: what went wrong, or None}}."""
    rows = [('operation', 'calls', 'passed', 'failed')]
    for name, points in outcomes.items():
        failed = sum(1 for wrong in points.values() if wrong)
        rows.append((name, len(points), len(points) - failed, failed))
    sums = [sum(column) for column in list(zip(*rows[1:], strict=True))[1:]]
    rows.append(('all', *sums))
    return ['{:<28}{:>8}{:>8}{:>8}'.format(*row) for row in rows]


def main(argv):
    known = [operation.name for operation in operations.ALL]
    names = choosing.by_name(argv, 'crashes', __doc__, 'OPERATION', known)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = dict(zip(names, pool.map(run, names), strict=True))
    wrong = {
        point: text
        for points in outcomes.values()
        for point, text in points.items()
        if text
    }
    for point, text in wrong.items():
        print(f'{point}\n{text}')
    print('\n'.join(table(outcomes)))
    return 0 if all(outcomes.values()) and not wrong else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
