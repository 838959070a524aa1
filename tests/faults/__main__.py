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

"""Let each call of each operation go wrong in each way.

    python -m tests.faults [OPERATION ...]

Prints what was against the rules, a table, and a last line of counts. The
exit status is 0 only if nothing was against the rules.
"""

import collections
import multiprocessing
import queue
import sys
import time

from tests.faults import kinds
from tests.faults import operations
from tests.faults import worker

_WORKERS = 2
_LINE = '{:13} {:16} {:>5} {:>5} {:>6} {:>10}'


class Run:
    """Plays all cases of some operations."""

    def __init__(self, names):
        self.problems = []
        self._counts = collections.defaultdict(collections.Counter)
        self._names = names
        here = multiprocessing.get_context('spawn')
        self._jobs, self._results = here.Queue(), here.Queue()
        self._workers = [
            here.Process(target=worker.work, args=(self._jobs, self._results))
            for _ in range(_WORKERS)
        ]

    def play(self):
        for kind in kinds.KINDS:
            for name in self._names:
                self._jobs.put((name, kind, None))
        for one in self._workers:
            self._jobs.put(None)
            one.start()
        while any(one.is_alive() for one in self._workers):
            self._take()
        while not self._results.empty():
            self._take()

    def _take(self):
        try:
            found = self._results.get(timeout=1)
        except queue.Empty:
            return
        if isinstance(found, str):
            self.problems.append(found)
            print(found)
        for result in found or ():
            self._note(result)

    def _note(self, result):
        counts = self._counts[result.operation, result.kind]
        counts['calls'] += 1
        counts['ok' if result.well else 'errors'] += 1
        counts['violations'] += bool(result.violations)
        for text in result.violations:
            self.problems.append(text)
            print(
                f'{result.operation}, {result.kind} at call {result.nth} '
                f'({result.method}): {text}',
                flush=True,
            )

    def total(self):
        return sum(self._counts.values(), collections.Counter())

    def show(self):
        columns = ('calls', 'ok', 'errors', 'violations')
        print(_LINE.format('operation', 'fault', *columns))
        for name in self._names:
            for kind in kinds.KINDS:
                found = self._counts.get((name, kind))
                if found:
                    row = [found[column] for column in columns]
                    print(_LINE.format(name, kind, *row))


def main(names):
    unknown = set(names) - set(operations.OPERATIONS)
    if unknown:
        print(
            f'There are these operations: {", ".join(operations.OPERATIONS)}'
        )
        return 2
    begun = time.monotonic()
    run = Run(names or list(operations.OPERATIONS))
    run.play()
    run.show()
    total = run.total()
    print(
        f'{total["calls"]} cases in {time.monotonic() - begun:.0f} s: '
        f'{total["ok"]} ok, {total["errors"]} clean errors or worse, '
        f'{len(run.problems)} violations'
    )
    return 1 if run.problems or not total['calls'] else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
