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

    :ivar plan: function of the cloud and a number that lets the fault hit
        the call that comes then; gives the fault
    :ivar methods: pattern of the calls that count
    :ivar patience: seconds that calls may take
    :ivar late: whether calls are carried out after the driver has given them
        up, so that a VM may have another state in the end
    """

    plan: typing.Callable
    methods: str = '*'
    patience: int = 10
    late: bool = False

    def count(self, methods):
        """How many of these calls it can hit."""
        return len(fnmatch.filter(methods, self.methods))


def _not_the_master(cloud, nth):
    address = cloud.simulator.url().partition('//')[2]
    return cloud.faults.slave(address, nth=nth)


def _no_vgpu(cloud, nth):
    return cloud.faults.fail(
        'VM_REQUIRES_VGPU', *cloud.wanted(), method='VM.start_on', nth=nth
    )


KINDS = {
    'dropped before': Kind(lambda cloud, nth: cloud.faults.drop(nth=nth)),
    'dropped after': Kind(
        lambda cloud, nth: cloud.faults.drop(nth=nth, after=True)
    ),
    'session lost': Kind(
        lambda cloud, nth: cloud.faults.lose_session(nth=nth)
    ),
    'not the master': Kind(_not_the_master),
    'slow answer': Kind(
        lambda cloud, nth: cloud.faults.delay(SLOW, nth=nth, after=True),
        patience=IMPATIENT,
    ),
    'done late': Kind(
        lambda cloud, nth: cloud.faults.delay(SLOW, nth=nth),
        patience=IMPATIENT,
        late=True,
    ),
    'failure': Kind(
        lambda cloud, nth: cloud.faults.fail('INTERNAL_ERROR', '?', nth=nth)
    ),
    'cut off': Kind(lambda cloud, nth: cloud.faults.cut_off(nth=nth)),
    'import broken': Kind(
        lambda cloud, nth: cloud.faults.cut(1000, nth=nth), 'PUT *'
    ),
    'SR full': Kind(
        lambda cloud, nth: cloud.faults.fail(
            'SR_FULL', '9', '1', method='VDI.create', nth=nth
        ),
        'VDI.create',
    ),
    'no vGPU': Kind(_no_vgpu, 'VM.start_on'),
    'no memory': Kind(
        lambda cloud, nth: cloud.faults.fail(
            'HOST_NOT_ENOUGH_FREE_MEMORY',
            '9',
            '1',
            method='VM.start_on',
            nth=nth,
        ),
        'VM.start_on',
    ),
}
