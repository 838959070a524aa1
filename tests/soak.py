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
"""Look for many minutes for what short runs of the tests don't find.

    python -m tests.soak [WORD ...]

Runs the tests below with hypothesis's long profile, two at a time, and
prints what they counted. Words choose those tests whose names have one of
them. The last line reads "N violations"; the exit status is 0 if N is.
"""

import concurrent.futures
import io
import logging
import multiprocessing
import os
import sys
import time
import unittest

from tests import choosing

_PREDICTION = 'tests.unit.virt.xenapi.test_prediction.PredictionTest'
_LIFE = 'tests.unit.compute.test_life_of_a_compute.LifeOfAComputeTest'
TESTS = (
    f'{_LIFE}.test_laws_hold',
    f'{_LIFE}.test_laws_hold_with_other_seeds',
    f'{_PREDICTION}.test_all_of_novas_start_in_any_order',
    f'{_PREDICTION}.test_startable_is_exact',
    f'{_PREDICTION}.test_what_fits_starts_where_it_should',
    f'{_PREDICTION}.test_what_starts_fits_where_groups_are_plain',
    f'{_PREDICTION}.test_as_many_start_as_are_free',
)


def run(test):
    """Run one test, in a process that runs no other.

    :returns: (seconds, {what: number}, violations, what to print of them)
    """
    from tests.unit import figures

    logging.disable(logging.WARNING)  # of what many of the pools lack
    report = io.StringIO()
    start = time.monotonic()
    suite = unittest.defaultTestLoader.loadTestsFromName(test)
    result = unittest.TextTestRunner(stream=report).run(suite)
    violations = len(result.failures) + len(result.errors)
    if not result.testsRun:
        violations += 1
    text = report.getvalue() if violations else ''
    return time.monotonic() - start, figures.COUNTS, violations, text


def main(argv):
    chosen = choosing.by_word(argv, 'soak', __doc__, TESTS)
    os.environ['NOVA_VGPU_TEST_PROFILE'] = 'long'
    violations = 0
    with concurrent.futures.ProcessPoolExecutor(
        max_workers=2,
        mp_context=multiprocessing.get_context('spawn'),
        max_tasks_per_child=1,
    ) as pool:
        runs = {pool.submit(run, test): test for test in chosen}
        for ended in concurrent.futures.as_completed(runs):
            seconds, counts, found, text = ended.result()
            violations += found
            numbers = ', '.join(f'{n} {what}' for what, n in counts.items())
            name = runs[ended].rpartition('.')[2]
            print(f'{text}{name}: {numbers} in {seconds:.0f} s', flush=True)
    print(f'{violations} violations')
    return 1 if violations else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
