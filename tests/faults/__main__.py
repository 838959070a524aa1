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

Prints a row for each operation and each kind of faults: how many calls were
hit, how many times all went well in spite of it, how many times it ended in
an error that was clean, and how many cases were against the rules. Each of
these stands above its row. The last line has the sums; the exit status is 0
only if nothing was against the rules.
"""

import collections
import multiprocessing
import queue
import sys
import time

from tests import choosing
from tests.faults import kinds
from tests.faults import operations
from tests.faults import worker

_WORKERS = 3  # for two processors: where calls are slow, all wait
_COLUMNS = ('calls', 'ok', 'errors', 'violations')
_LINE = '{:13} {:16} {:>5} {:>5} {:>6} {:>10}'


class Run:
    """Plays all cases of some operations, and shows how they end.

    :ivar total: numbers of all cases, by column
    """

    def __init__(self, names):
        self.total = collections.Counter()
        here = multiprocessing.get_context('spawn')
        self._jobs, self._results = here.Queue(), here.Queue()
        for kind in kinds.KINDS:
            for name in names:
                self._jobs.put((name, kind))
        self._workers = [
            here.Process(target=worker.work, args=(self._jobs, self._results))
            for _ in range(_WORKERS)
        ]

    def play(self):
        print(_LINE.format('operation', 'fault', *_COLUMNS))
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
        if isinstance(found, str):  # a worker has failed
            self.total['violations'] += 1
            print(found)
        elif found:
            self._show(found)

    def _show(self, results):
        """One row of the table, and what was found in its cases."""
        counts = collections.Counter()
        for result in results:
            counts['calls'] += 1
            counts['ok' if result.well else 'errors'] += 1
            counts['violations'] += bool(result.violations)
            for text in result.violations:
                print(f'  call {result.nth}, {result.method}: {text}')
        row = [counts[column] for column in _COLUMNS]
        first = results[0]
        print(_LINE.format(first.operation, first.kind, *row), flush=True)
        self.total += counts


def main(argv):
    known = list(operations.OPERATIONS)
    names = choosing.by_name(argv, 'faults', __doc__, 'OPERATION', known)
    begun = time.monotonic()
    run = Run(names)
    run.play()
    total = run.total
    print(
        f'{total["calls"]} cases in {time.monotonic() - begun:.0f} s: '
        f'{total["ok"]} ok, {total["errors"]} errors, '
        f'{total["violations"]} violations'
    )
    return 1 if total['violations'] or not total['calls'] else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
