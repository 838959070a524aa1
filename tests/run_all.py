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

"""Run the tests on every Nova release that is supported, and sum them up.

    python tests/run_all.py TOX_ENVIRONMENT ...

The last line reads "N passed, N failed" and counts all releases. The exit
status is 0 only if each of the environments could be made and passed.
"""

import re
import subprocess
import sys

COUNTS = re.compile(r'(\d+) passed, (\d+) failed')


def run(environment):
    """Run one tox environment; return its status and its two counts."""
    line = [sys.executable, '-m', 'tox', 'run', '--colored', 'no']
    counts = (0, 0)
    with subprocess.Popen(
        [*line, '-e', environment],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as tox:
        for text in tox.stdout:
            print(text, end='', flush=True)
            if match := COUNTS.fullmatch(text.strip()):
                counts = tuple(map(int, match.groups()))
    return tox.returncode, counts


def main(environments):
    results = {name: run(name) for name in environments}
    for name, (status, counts) in results.items():
        outcome = 'FAILED' if status else 'ok'
        print(f'{name}: {counts[0]} passed, {counts[1]} failed, {outcome}')
    passed, failed = map(
        sum, zip(*(r[1] for r in results.values()), strict=True)
    )
    print(f'{passed} passed, {failed} failed')
    return 1 if any(status for status, _ in results.values()) else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
