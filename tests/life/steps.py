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

"""What each resize and cold migration consists of, on whatever hosts."""

from nova.compute import task_states
from nova.compute import vm_states

from tests.life import power
from tests.life import records
from tests.life.life import REFUSED
from tests.life.servers import HERE

RESIZABLE = vm_states.ACTIVE, vm_states.STOPPED


def prepare(life, server, flavor, to=None):
    """What the conductor notes, and prep_resize before its claim."""
    instance = life.instance(server)
    kind = 'migration' if flavor.id == server.flavor.id else 'resize'
    migration = records.new_migration(life.context, instance, kind, to, flavor)
    records.keep(
        instance, new_flavor=flavor, task_state=task_states.RESIZE_PREP
    )
    server.other, server.migration = flavor, migration.id
    return instance, migration


def claim(life, server, flavor, stage):
    """prep_resize at the destination; whether it got what it claims."""
    instance, migration = prepare(life, server, flavor)
    before = life.facts()
    try:
        server.claim = life.tracker.resize_claim(
            life.context,
            instance,
            flavor,
            life.node,
            migration,
            {},
            image_meta=records.IMAGE,
        )
    except REFUSED:
        life.has_changed_nothing(before)
        give_up(life, server)
        return 'refused'
    server.stage = stage
    return 'claimed'


def can_not_begin(life, server, stage):
    """Its destination takes the claim back; nobody had begun to move it."""
    server.claim.abort()
    give_up(life, server)
    server.stage = stage


def fails_at_the_source(life, server, stage):
    """What the destination has claimed stays so until the next audit."""
    server.left.append(server.other)
    give_up(life, server)
    server.stage = stage


def give_up(life, server, status='error'):
    """The move is over before anything was moved."""
    instance, migration = life.instance(server), life.migration(server)
    migration.status = status
    migration.save()
    records.keep(instance, task_state=None, new_flavor=None)
    server.other = server.claim = None


def leave_source(life, server):
    """The end of resize_instance, wherever the source is."""
    instance, migration = life.instance(server), life.migration(server)
    migration.status = 'post-migrating'
    migration.save()
    records.move(instance, migration.dest_compute, migration.dest_compute_id)
    records.keep(
        instance,
        old_flavor=server.flavor,
        task_state=task_states.RESIZE_MIGRATED,
    )
    server.claim = None


def arrive(life, server):
    """finish_resize at the destination, but for the start of the VM."""
    instance = life.instance(server)
    if server.other.id != server.flavor.id:
        records.set_flavor(instance, server.other)
    instance.apply_migration_context()
    records.keep(instance, task_state=task_states.RESIZE_FINISH)
    return instance


def finish(life, server):
    """The end of finish_resize."""
    instance, migration = life.instance(server), life.migration(server)
    migration.status = 'finished'
    migration.save()
    records.keep(instance, vm_state=vm_states.RESIZED, task_state=None)


def start_here(life, server):
    """Whether finish_resize could start the VM here."""
    instance = arrive(life, server)
    power_on = server.vm_state != vm_states.STOPPED
    try:
        life.driver.finish_migration(
            life.context,
            life.migration(server),
            instance,
            '',
            None,
            records.IMAGE,
            True,
            {},
            power_on=power_on,
        )
    except REFUSED:
        life.not_for_nova('the start of a resized instance was refused')
        _break(life, server, instance)
        return False
    finish(life, server)
    return True


def _break(life, server, instance):
    """It stays where it is now, with its old flavor, in state ERROR."""
    records.set_flavor(instance, server.flavor)
    instance.save()
    migration = life.migration(server)
    migration.status = 'error'
    migration.save()
    power.become(life, server, vm_states.ERROR)
    server.left.append(server.other)
    server.other = None


def keep_new_flavor(life, server):
    """The end of confirm_resize."""
    records.keep(
        life.instance(server),
        vm_state=server.vm_state,
        task_state=None,
        old_flavor=None,
        new_flavor=None,
    )
    server.flavor, server.other, server.stage = server.other, None, HERE


def leave_destination(life, server):
    """revert_resize at the destination, where that is this host."""
    instance, migration = life.instance(server), life.migration(server)
    records.keep(instance, task_state=task_states.RESIZE_REVERTING)
    life.driver.destroy(life.context, instance, None)
    life.tracker.drop_move_claim_at_dest(life.context, instance, migration)


def take_back(life, server, host, compute_id=0):
    """What finish_revert_resize at the source begins with."""
    instance = life.instance(server)
    records.set_flavor(instance, server.flavor)
    records.move(instance, host, compute_id)
    instance.save()
    return instance


def return_here(life, server):
    """finish_revert_resize, where the source is this host."""
    instance = take_back(life, server, life.node, life.node_id)
    migration = life.migration(server)
    server.stage, server.other = HERE, None
    power_on = server.vm_state != vm_states.STOPPED
    try:
        life.driver.finish_revert_migration(
            life.context, instance, None, migration, power_on=power_on
        )
    except REFUSED:
        life.not_for_nova('the start after a revert was refused')
        server.vm_state = vm_states.ERROR
    put_back(life, server)
    refused = server.vm_state == vm_states.ERROR
    return 'refused' if refused else 'done'


def put_back(life, server):
    """The end of finish_revert_resize."""
    instance = life.instance(server)
    instance.drop_migration_context()
    records.keep(
        instance,
        vm_state=server.vm_state,
        task_state=None,
        old_flavor=None,
        new_flavor=None,
    )
