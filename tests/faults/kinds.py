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

"""The kinds of faults, and at which calls each of them strikes."""

import fnmatch
import typing

# Seconds that a slow call takes, and that calls may take where some are slow.
SLOW = 1.4
IMPATIENT = 1


class Kind(typing.NamedTuple):
    """A kind of faults.

    :ivar plan: function of the cloud and of which call is to be hit, by
        method and nth, as the Faults of the simulator take them
    :ivar methods: pattern of the calls that count
    :ivar patience: seconds that calls may take
    :ivar late: whether calls are carried out after the driver has given them
        up, so that a VM may have another state in the end
    """

    plan: typing.Callable
    methods: str = '*'
    patience: int = 10
    late: bool = False

    def strike(self, cloud, nth, method=None):
        """Let the fault hit a call that is to come; give it back."""
        return self.plan(cloud, nth=nth, method=method or self.methods)

    def count(self, methods):
        """How many of these calls it can hit."""
        return len(fnmatch.filter(methods, self.methods))


def _not_the_master(cloud, **which):
    address = cloud.simulator.url().partition('//')[2]
    return cloud.faults.slave(address, **which)


def _no_memory(cloud, **which):
    return cloud.faults.fail('HOST_NOT_ENOUGH_FREE_MEMORY', '9', '1', **which)


KINDS = {
    'dropped before': Kind(lambda cloud, **which: cloud.faults.drop(**which)),
    'dropped after': Kind(
        lambda cloud, **which: cloud.faults.drop(after=True, **which)
    ),
    'session lost': Kind(
        lambda cloud, **which: cloud.faults.lose_session(**which)
    ),
    'not the master': Kind(_not_the_master),
    'slow answer': Kind(
        lambda cloud, **which: cloud.faults.delay(SLOW, after=True, **which),
        patience=IMPATIENT,
    ),
    'done late': Kind(
        lambda cloud, **which: cloud.faults.delay(SLOW, **which),
        patience=IMPATIENT,
        late=True,
    ),
    'failure': Kind(
        lambda cloud, **which: cloud.faults.fail(
            'INTERNAL_ERROR', '?', **which
        )
    ),
    'cut off': Kind(lambda cloud, **which: cloud.faults.cut_off(**which)),
    'import broken': Kind(
        lambda cloud, nth, method: cloud.faults.cut(1000, nth=nth), 'PUT *'
    ),
    'SR full': Kind(
        lambda cloud, **which: cloud.faults.fail('SR_FULL', '9', '1', **which),
        'VDI.create',
    ),
    'no vGPU': Kind(
        lambda cloud, **which: cloud.faults.fail(
            'VM_REQUIRES_VGPU', *cloud.wanted(), **which
        ),
        'VM.start_on',
    ),
    'no memory': Kind(_no_memory, 'VM.start_on'),
}
