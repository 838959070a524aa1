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

"""One case: an operation, during which one call goes wrong."""

import itertools
import typing

from nova.compute import vm_states

from tests.faults import books
from tests.faults import cloud as clouds
from tests.faults import kinds
from tests.faults import left
from tests.faults import operations
from tests.faults import sentences

_POWER = {
    vm_states.ACTIVE: 'Running',
    vm_states.RESCUED: 'Running',
    vm_states.STOPPED: 'Halted',
    vm_states.PAUSED: 'Paused',
}


class Result(typing.NamedTuple):
    """How a case ended.

    :ivar method: which call went wrong; None if there was none
    :ivar well: whether the operation was done all the same
    :ivar violations: sentences
    """

    operation: str
    kind: str
    nth: int
    method: str | None
    well: bool
    violations: list


def calls_of(cloud, name):
    """Which calls an operation makes if nothing goes wrong."""
    _prepare(cloud, name)
    _do(cloud, name)
    methods = [call.method for call in cloud.simulator.calls]
    cloud.settle()
    _remove(cloud)
    return methods


def play(cloud, name, kind_name, nth=1, method=None):
    """Play a case; give back the Result.

    What goes well leaves the instance for the next case. Where it doesn't,
    the instance is deleted, and that nothing is left then belongs to it.

    :param method: pattern of the calls that count, if not of all
    """
    operation, kind = operations.OPERATIONS[name], kinds.KINDS[kind_name]
    _prepare(cloud, name)
    fault = kind.strike(cloud, nth, method)
    with cloud.patience(kind.patience):
        operation.ask(cloud)
        state = cloud.wait()
    cloud.settle()
    well = state == operation.state and cloud.has_done_well()
    found = [
        *_violations(cloud, state, name == 'destroy'),
        *([] if kind.late or not well else _wrong_power(cloud, state)),
    ]
    cloud.log.forget()
    if well and not found and operation.back is not None:
        for step in operation.back:
            _do(cloud, step)
        cloud.is_ready = True
    else:
        found += [f'after deletion: {text}' for text in _remove(cloud)]
    return Result(name, kind_name, nth, fault.struck, well, found)


def _prepare(cloud, name):
    """Bring an instance where an operation can be done."""
    before = operations.OPERATIONS[name].before
    if cloud.is_ready and not before:
        _remove(cloud)
    for step in before[cloud.is_ready :]:
        _do(cloud, step)
    cloud.is_ready = False
    cloud.begin()


def _do(cloud, name):
    """Something without a fault."""
    operation = operations.OPERATIONS[name]
    operation.ask(cloud)
    state = cloud.wait()
    if state != operation.state:
        raise RuntimeError(f'{name} without a fault ends in {state}')


def _remove(cloud):
    """Delete the instance; sentences on what is left then."""
    cloud.is_ready = False
    if cloud.instance() is not None:
        _do(cloud, 'destroy')
    cloud.settle()
    return list(_violations(cloud, None))


def _violations(cloud, state, is_deletion=False):
    found = cloud.instance()
    here = found is not None and found.host is not None
    return itertools.chain(
        left.too_much(cloud, state if here else None, is_deletion),
        left.too_many_sessions(cloud, clouds.CONNECTIONS),
        books.wrong(cloud, here),
        sentences.unclean(cloud),
        cloud.secrets_logged(),
    )


def _wrong_power(cloud, state):
    """A sentence if the VM isn't what Nova takes it for."""
    if state is not None:
        _, vm = cloud.vm_of({'id': cloud.server})
        if vm['power_state'] != _POWER[state]:
            yield f'a VM that is {vm["power_state"]} passes for {state}'
