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

"""What is printed of the operations of a storm."""

import collections

from tests.storm import outcomes

_LINE = '{:14}{:>7}{:>9}{:>8}'


def show(ended):
    """Print a row for each kind, and why operations were refused.

    :param ended: {kind: outcomes.Outcomes of its operations}
    """
    print(_LINE.format('operation', *outcomes.RESULTS))
    total = collections.Counter()
    reasons = collections.Counter()
    for kind, results in ended.items():
        counts = collections.Counter(one.result for one in results)
        _row(kind, counts)
        total += counts
        reasons.update(one.reason for one in results if one.reason)
    _row('all', total)
    for reason, number in reasons.most_common():
        print(f'{number:>5} {reason}')


def _row(name, counts):
    print(_LINE.format(name, *(counts[one] for one in outcomes.RESULTS)))


def wrong(ended, operations):
    """Sentences about what is too few, and what should not have failed.

    :param operations: how many there should be
    """
    done = sum(map(len, ended.values()))
    if done < operations:
        yield f'{done} operations were done, not {operations}.'
    for kind, results in ended.items():
        if all(
            one.reason.startswith(outcomes.NOT_ACCEPTED) for one in results
        ):
            yield f'There was no {kind} that was accepted.'
        for one in results:
            if one.result == outcomes.FAILED:
                yield f'{kind} failed: {one.reason}'
