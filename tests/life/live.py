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

"""Live migrations and evacuations, to this host and from it."""

from nova.compute import task_states
from nova.compute import vm_states

from tests.life import builds
from tests.life import records
from tests.life import steps
from tests.life.life import REFUSED
from tests.life.records import ELSEWHERE
from tests.life.servers import AWAY
from tests.life.servers import HERE
from tests.life.servers import LOST
from tests.life.transitions import transition

_RUNNING = vm_states.ACTIVE, vm_states.PAUSED


def _prepare(life, server, kind, to, task_state):
    """What API and conductor note."""
    instance = life.instance(server)
    migration = records.new_migration(life.context, instance, kind, to)
    records.keep(instance, task_state=task_state)
    server.other, server.migration = server.flavor, migration.id
    return instance, migration


def _over(life, server, status):
    migration = life.migration(server)
    migration.status = status
    migration.save()
    server.other = server.claim = None


def _remain(life, server, status, stage):
    """The instance stays where it was."""
    instance = life.instance(server)
    instance.drop_migration_context()
    records.keep(instance, task_state=None)
    _over(life, server, status)
    server.stage = stage


# To this host, alive


@transition(AWAY, states=_RUNNING, ends=('claimed', 'refused'))
def come_alive(life, server):
    instance, migration = _prepare(
        life, server, 'live-migration', life.node, task_states.MIGRATING
    )
    before = life.facts()
    try:
        life.tracker.live_migration_claim(
            life.context, instance, life.node, migration, {}, {}
        )
    except REFUSED:
        life.has_changed_nothing(before)
        _remain(life, server, 'error', AWAY)
        return 'refused'
    server.stage = 'coming alive: claimed'
    return 'claimed'


@transition('coming alive: claimed', ends=('done', 'refused'))
def coming_alive_starts(life, server):
    instance = life.instance(server)
    try:
        life.driver.pre_live_migration(
            life.context, instance, None, None, None, None
        )
    except REFUSED:
        life.not_for_nova('pre_live_migration was refused')
        coming_alive_is_rolled_back(life, server)
        return 'refused'
    server.stage = 'coming alive: started'
    return 'done'


@transition('coming alive: started')
def coming_alive_arrives(life, server):
    instance = life.instance(server)
    life.driver.post_live_migration_at_destination(
        life.context, instance, None
    )
    instance.apply_migration_context()
    instance.drop_migration_context()
    records.move(instance, life.node, life.node_id)
    records.keep(instance, task_state=None)
    _over(life, server, 'completed')
    server.stage = HERE


@transition('coming alive: claimed', 'coming alive: started', LOST)
def coming_alive_is_rolled_back(life, server):
    instance = life.instance(server)
    life.driver.rollback_live_migration_at_destination(
        life.context, instance, None, None
    )
    life.tracker.drop_move_claim(
        life.context, instance, life.node, flavor=instance.flavor
    )
    _remain(life, server, 'failed', AWAY)


# From this host, alive


@transition(HERE, states=_RUNNING)
def leave_alive(life, server):
    _, migration = _prepare(
        life, server, 'live-migration', ELSEWHERE, task_states.MIGRATING
    )
    migration.status = 'running'
    migration.save()
    server.stage = 'leaving alive'


@transition('leaving alive')
def leaving_alive_is_rolled_back(life, server):
    _remain(life, server, 'failed', HERE)


@transition('leaving alive')
def leaving_alive_arrives(life, server):
    instance = life.instance(server)
    life.driver.post_live_migration(life.context, instance, None)
    records.move(instance, ELSEWHERE)
    records.keep(instance, task_state=None)
    life.audit()
    _over(life, server, 'completed')
    server.stage = AWAY


# Evacuations


@transition(AWAY, states=steps.RESIZABLE, ends=('claimed', 'refused'))
def evacuate(life, server):
    instance, migration = _prepare(
        life, server, 'evacuation', life.node, task_states.REBUILDING
    )
    before = life.facts()
    try:
        server.claim = life.tracker.rebuild_claim(
            life.context,
            instance,
            life.node,
            {},
            image_meta=records.IMAGE,
            migration=migration,
        )
    except REFUSED:
        life.has_changed_nothing(before)
        _remain(life, server, 'failed', AWAY)
        return 'refused'
    server.stage = 'evacuating'
    return 'claimed'


@transition('evacuating', claiming=True, ends=('done', 'refused'))
def evacuation_ends(life, server):
    instance, migration = life.instance(server), life.migration(server)
    try:
        with server.claim:
            builds.start(life, instance)
    except REFUSED:
        life.not_for_nova('the spawn of an evacuation was refused')
        _remain(life, server, 'failed', AWAY)
        return 'refused'
    life.tracker.finish_evacuation(instance, life.node, migration)
    builds.become(server, instance, vm_states.ACTIVE)
    server.other = server.claim = None
    return 'done'


@transition('evacuating')
def evacuation_is_forgotten(life, server):
    """The service ended during it, and nobody takes it up again."""
    server.left.append(server.other)
    _remain(life, server, 'failed', AWAY)


@transition(HERE, states=steps.RESIZABLE)
def evacuated_while_down(life, server):
    """nova-compute comes back and removes the VM that is elsewhere now."""
    instance = life.instance(server)
    migration = records.new_migration(
        life.context, instance, 'evacuation', ELSEWHERE
    )
    migration.status = 'done'
    migration.save()
    records.move(instance, ELSEWHERE)
    instance.save()
    server.stage = AWAY
    server.left.clear()
    life.restart(removed=[instance])
