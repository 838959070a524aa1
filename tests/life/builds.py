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

"""Instances come and go."""

from unittest import mock

from nova.compute import task_states
from nova.compute import vm_states

from nova_vgpu_ext.virt import fake_hypervisor
from tests.life import records
from tests.life import servers
from tests.life.life import REFUSED
from tests.life.servers import HERE
from tests.life.servers import Server
from tests.life.transitions import transition

_MOST = 8
_ENDS = 'claimed', 'refused'


def has_place(life):
    return len(life.servers) < _MOST


@transition(when=has_place, ends=_ENDS)
def boot(life):
    flavor = life.choose(life.flavors)
    server = Server(life.new_uuid(), flavor, 'building', vm_states.BUILDING)
    records.new_instance(life.context, server.uuid, flavor)
    life.servers.append(server)
    return _claim(life, server, servers.AWAY)


@transition(servers.OFFLOADED, ends=_ENDS)
def unshelve(life, server):
    server.stage = 'unshelving'
    return _claim(life, server, servers.OFFLOADED)


def _claim(life, server, stage_if_refused):
    instance = life.instance(server)
    records.keep(instance, task_state=task_states.SPAWNING)
    before = life.facts()
    try:
        server.claim = life.tracker.instance_claim(
            life.context, instance, life.node, {}
        )
    except REFUSED:
        life.tracker.build_failed(life.node)
        life.has_changed_nothing(before)
        server.stage = stage_if_refused
        _forget_if_new(life, server)
        return 'refused'
    return 'claimed'


def _forget_if_new(life, server):
    if server.vm_state == vm_states.BUILDING:
        life.servers.remove(server)


@transition('building', 'unshelving', ends=('done', 'refused'))
def spawn(life, server):
    """The rest of a build, which ends where the start is refused."""
    instance = life.instance(server)
    try:
        with server.claim:
            start(life, instance)
    except REFUSED:
        life.not_for_nova('a spawn was refused')
        return _end_build(life, server, instance)
    server.claim = None
    become(server, instance, vm_states.ACTIVE)
    life.tracker.build_succeeded(life.node)
    life.update_usage(instance)
    return 'done'


@transition('building', 'unshelving')
def spawn_that_the_hypervisor_refuses(life, server):
    instance = life.instance(server)
    refusal = fake_hypervisor.NoRoom('a model', 'a group')
    try:
        with (
            server.claim,
            mock.patch.object(
                life.host.hypervisor, 'start_vm', side_effect=refusal
            ),
        ):
            start(life, instance)
            raise REFUSED(reason='there was nothing to refuse')
    except REFUSED:
        _end_build(life, server, instance)


@transition('building')
def network_that_fails(life, server):
    """The VM is made already when the build comes to its end."""
    instance = life.instance(server)
    try:
        with server.claim:
            start(life, instance)
            life.driver.destroy(life.context, instance, None)
            raise REFUSED(reason='no network')
    except REFUSED:
        _end_build(life, server, instance)


def start(life, instance, **kwargs):
    life.driver.spawn(
        life.context, instance, records.IMAGE, [], None, {}, **kwargs
    )


def _end_build(life, server, instance):
    """The claim has been taken back."""
    server.claim = None
    life.tracker.build_failed(life.node)
    instance.refresh()
    assert instance.host is None
    if server.stage == 'unshelving':
        server.stage = servers.OFFLOADED
        records.keep(instance, task_state=None)
    else:
        life.servers.remove(server)
        instance.destroy()
    return 'refused'


def become(server, instance, vm_state):
    server.stage, server.vm_state = HERE, vm_state
    records.keep(instance, vm_state=vm_state, task_state=None)


@transition(HERE, servers.BROKEN)
def delete(life, server):
    """In any state; an instance in a move is confirmed first."""
    instance = life.instance(server)
    life.driver.destroy(life.context, instance, None)
    records.keep(instance, vm_state=vm_states.DELETED, task_state=None)
    instance.destroy()
    for _ in range(2):  # the second has nothing left to do
        life.update_usage(instance)
    life.servers.remove(server)


@transition(HERE, states=(vm_states.ACTIVE, vm_states.STOPPED))
def soft_delete(life, server):
    instance = life.instance(server)
    life.driver.soft_delete(instance)
    server.vm_state = vm_states.SOFT_DELETED
    records.keep(instance, vm_state=vm_states.SOFT_DELETED)
    life.update_usage(instance)


@transition(
    HERE,
    states=(
        vm_states.ACTIVE,
        vm_states.STOPPED,
        vm_states.PAUSED,
        vm_states.SUSPENDED,
    ),
)
def shelve_and_offload(life, server):
    instance = life.instance(server)
    life.driver.power_off(instance)
    life.driver.destroy(life.context, instance, None)
    records.keep(instance, vm_state=vm_states.SHELVED_OFFLOADED)
    life.update_usage(instance)
    records.move(instance, None)
    instance.save()
    server.stage, server.vm_state = servers.OFFLOADED, vm_states.ACTIVE
    server.left.clear()


@transition(
    servers.OFFLOADED, servers.AWAY, when=lambda life: not has_place(life)
)
def delete_what_is_not_here(life, server):
    life.instance(server).destroy()
    life.servers.remove(server)
    if server.left:  # it is still counted here
        server.stage = servers.GONE
        life.servers.append(server)
