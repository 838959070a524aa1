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
"""Let a nova-compute crash at each call of one operation, in turn.

    python -m tests.crashes.campaign OPERATION

The last line of the output is a JSON object: {point: what went wrong, or
null}. It is for a process of its own, since what Nova keeps in a process
grows with each service that is started.
"""

import json
import os
import sys
import unittest

from tests.functional.crashes import cloud
from tests.functional.crashes import crash
from tests.functional.crashes import operations

# After so many crashes a new cloud is quicker than the old one.
PER_CLOUD = 20


def on_new_cloud(hosts, task):
    """Do a task; say what went wrong, None if nothing did."""

    class Cloud(cloud.CrashingCloud):
        def runTest(self):
            task(self)

    Cloud.hosts = hosts
    result = unittest.TestResult()
    Cloud().run(result)
    wrong = result.errors + result.failures
    return wrong[0][1] if wrong else None


class Campaign:
    """All crashes in one operation.

    :ivar outcome: {point: what went wrong, or None}
    """

    def __init__(self, operation):
        self.operation = operation
        self.outcome = {}
        self._waiting = []

    def run(self):
        wrong = on_new_cloud(self.operation.hosts, self._find_points)
        if wrong:
            self.outcome['without a crash'] = wrong
        while self._waiting:
            self._go_on()

    def _find_points(self, one_cloud):
        self._waiting = crash.points(one_cloud, self.operation)

    def _go_on(self):
        """Crash some more times, until one goes wrong."""
        last = []
        wrong = on_new_cloud(
            self.operation.hosts, lambda cloud: self._crash_some(cloud, last)
        )
        if wrong:
            point = last[-1] if last else self._waiting.pop(0)
            self.outcome[str(point)] = wrong

    def _crash_some(self, one_cloud, last):
        for _ in range(min(PER_CLOUD, len(self._waiting))):
            last.append(self._waiting.pop(0))
            print(last[-1], file=sys.stderr, flush=True)
            crash.crash(one_cloud, last[-1])
            self.outcome[str(last[-1])] = None


def main(name):
    (operation,) = (one for one in operations.ALL if one.name == name)
    campaign = Campaign(operation)
    campaign.run()
    print(json.dumps(campaign.outcome), flush=True)
    # Nova's threads may still be there, and would hold the exit.
    os._exit(0)


if __name__ == '__main__':
    main(*sys.argv[1:])
