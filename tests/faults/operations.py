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

"""What users do to an instance."""

import typing

from nova.compute import vm_states


class Operation(typing.NamedTuple):
    """An operation.

    :ivar before: names of the operations that bring an instance where this
        one can be done
    :ivar ask: function of the cloud
    :ivar state: of the instance if all goes well; None if it is gone then
    :ivar back: names of the operations that make the instance as it was
        after its spawn; None if it is to be deleted
    """

    before: tuple
    ask: typing.Callable
    state: str | None
    back: tuple | None = ()


def _action(name, arguments=None):
    return lambda cloud: cloud.ask(name, arguments)


def _rescue(cloud):
    cloud.ask('rescue', {'rescue_image_ref': cloud.rescue_image})


OPERATIONS = {
    'spawn': Operation(
        (),
        lambda cloud: cloud.ask_for_server(),
        vm_states.ACTIVE,
        back=None,
    ),
    'destroy': Operation(
        ('spawn',), lambda cloud: cloud.ask_for_deletion(), None, back=None
    ),
    'soft reboot': Operation(
        ('spawn',), _action('reboot', {'type': 'SOFT'}), vm_states.ACTIVE
    ),
    'hard reboot': Operation(
        ('spawn',), _action('reboot', {'type': 'HARD'}), vm_states.ACTIVE
    ),
    'rescue': Operation(
        ('spawn',), _rescue, vm_states.RESCUED, back=('unrescue',)
    ),
    'unrescue': Operation(
        ('spawn', 'rescue'), _action('unrescue'), vm_states.ACTIVE
    ),
    'power off': Operation(
        ('spawn',),
        _action('os-stop'),
        vm_states.STOPPED,
        back=('power on',),
    ),
    'power on': Operation(
        ('spawn', 'power off'), _action('os-start'), vm_states.ACTIVE
    ),
    'pause': Operation(
        ('spawn',), _action('pause'), vm_states.PAUSED, back=('unpause',)
    ),
    'unpause': Operation(
        ('spawn', 'pause'), _action('unpause'), vm_states.ACTIVE
    ),
}
