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

"""Instances start and stop where they are."""

from nova import exception
from nova.compute import vm_states

from tests.life import builds
from tests.life import records
from tests.life.life import REFUSED
from tests.life.servers import HERE
from tests.life.transitions import transition

_ENDS = 'done', 'refused'


def _may_start(life, server, vm_state, function, *args):
    """Let the driver start a VM, which it must unless all is shaken."""
    instance = life.instance(server)
    try:
        function(instance, *args)
    except REFUSED:
        life.not_for_nova('a start was refused')
        become(life, server, vm_states.ERROR)
        return 'refused'
    become(life, server, vm_state)
    return 'done'


def become(life, server, vm_state):
    server.vm_state = vm_state
    instance = life.instance(server)
    records.keep(instance, vm_state=vm_state, task_state=None)
    life.update_usage(instance)


@transition(HERE, states=(vm_states.ACTIVE,))
def stop(life, server):
    life.driver.power_off(life.instance(server))
    become(life, server, vm_states.STOPPED)


@transition(HERE, states=(vm_states.STOPPED,), ends=_ENDS)
def power_on(life, server):
    def on(instance):
        life.driver.power_on(life.context, instance, None)

    return _may_start(life, server, vm_states.ACTIVE, on)


@transition(
    HERE,
    states=(
        vm_states.ACTIVE,
        vm_states.STOPPED,
        vm_states.PAUSED,
        vm_states.SUSPENDED,
        vm_states.ERROR,
    ),
    ends=_ENDS,
)
def reboot_hard(life, server):
    return _may_start(life, server, vm_states.ACTIVE, _reboot(life, 'HARD'))


@transition(HERE, states=(vm_states.ACTIVE,), ends=_ENDS)
def reboot_soft(life, server):
    return _may_start(life, server, vm_states.ACTIVE, _reboot(life, 'SOFT'))


def _reboot(life, kind):
    def reboot(instance):
        life.driver.reboot(life.context, instance, None, kind)

    return reboot


@transition(HERE, states=(vm_states.ACTIVE,))
def suspend(life, server):
    life.driver.suspend(life.context, life.instance(server))
    become(life, server, vm_states.SUSPENDED)


@transition(HERE, states=(vm_states.SUSPENDED,), ends=_ENDS)
def resume(life, server):
    def back(instance):
        life.driver.resume(life.context, instance, None)

    return _may_start(life, server, vm_states.ACTIVE, back)


@transition(HERE, states=(vm_states.ACTIVE,), ends=('done', 'failed'))
def pause(life, server):
    try:
        life.driver.pause(life.instance(server))
    except exception.InternalError:  # as it doesn't run any more
        return 'failed'
    become(life, server, vm_states.PAUSED)
    return 'done'


@transition(HERE, states=(vm_states.PAUSED,), ends=('done', 'failed'))
def unpause(life, server):
    try:
        life.driver.unpause(life.instance(server))
    except exception.InternalError:
        return 'failed'
    become(life, server, vm_states.ACTIVE)
    return 'done'


@transition(HERE, states=(vm_states.SOFT_DELETED,), ends=_ENDS)
def restore(life, server):
    return _may_start(life, server, vm_states.ACTIVE, life.driver.restore)


@transition(HERE, states=(vm_states.ACTIVE,), ends=_ENDS)
def rescue_and_unrescue(life, server):
    def there_and_back(instance):
        life.driver.rescue(
            life.context, instance, None, records.IMAGE, '', None, ()
        )
        life.driver.unrescue(life.context, instance)

    return _may_start(life, server, vm_states.ACTIVE, there_and_back)


@transition(
    HERE,
    states=(vm_states.ACTIVE, vm_states.STOPPED, vm_states.ERROR),
    ends=_ENDS,
)
def rebuild(life, server):
    def anew(instance):
        life.driver.destroy(life.context, instance, None)
        builds.start(life, instance)

    return _may_start(life, server, vm_states.ACTIVE, anew)
