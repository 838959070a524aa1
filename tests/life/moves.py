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

"""Cold migrations and resizes, to this host and from it.

Of the other host there is only what it writes into the database.
"""

from nova.compute import task_states

from tests.life import builds
from tests.life import records
from tests.life import steps
from tests.life.records import ELSEWHERE
from tests.life.servers import AWAY
from tests.life.servers import BROKEN
from tests.life.servers import DROPPED
from tests.life.servers import HERE
from tests.life.servers import Server
from tests.life.transitions import transition

_ENDS = 'claimed', 'refused'


def _has_place(life):
    away = [server for server in life.servers if server.stage == AWAY]
    return builds.has_place(life) and len(away) < 3


@transition(when=_has_place)
def boot_elsewhere(life):
    flavor = life.choose(life.flavors)
    server = Server(life.new_uuid(), flavor, AWAY)
    records.new_instance(
        life.context, server.uuid, flavor, ELSEWHERE, server.vm_state
    )
    life.servers.append(server)


# To this host


@transition(AWAY, states=steps.RESIZABLE, ends=_ENDS)
def come(life, server):
    """A cold migration, or a resize."""
    flavor = life.choose(life.flavors)
    return steps.claim(life, server, flavor, 'coming: claimed')


@transition('coming: claimed', claiming=True)
def coming_that_can_not_begin(life, server):
    steps.can_not_begin(life, server, AWAY)


@transition('coming: claimed')
def coming_that_fails_at_the_source(life, server):
    steps.fails_at_the_source(life, server, AWAY)


@transition('coming: claimed', often=True)
def coming_arrives(life, server):
    steps.leave_source(life, server)
    server.stage = 'coming: arrived'


@transition('coming: arrived', ends=('done', 'refused'))
def coming_starts(life, server):
    if steps.start_here(life, server):
        server.stage = 'coming: done'
        return 'done'
    server.stage = BROKEN
    return 'refused'


@transition('coming: done')
def coming_is_confirmed(life, server):
    instance, migration = life.instance(server), life.migration(server)
    migration.status = 'confirmed'
    migration.save()
    instance.drop_migration_context()
    steps.keep_new_flavor(life, server)


@transition('coming: done', often=True)
def coming_is_reverted(life, server):
    steps.leave_destination(life, server)
    server.stage = DROPPED


@transition(DROPPED, often=True)
def coming_returns(life, server):
    steps.take_back(life, server, ELSEWHERE)
    steps.put_back(life, server)
    server.stage, server.other = AWAY, None


# From this host


@transition(HERE, states=steps.RESIZABLE)
def go(life, server):
    """The destination claims."""
    flavor = life.choose(life.flavors)
    steps.prepare(life, server, flavor, to=ELSEWHERE)
    instance, migration = life.instance(server), life.migration(server)
    migration.status = 'pre-migrating'
    migration.save()
    records.keep(
        instance, migration_context=records.context_of(instance, migration)
    )
    server.stage = 'going: claimed'


@transition('going: claimed')
def going_that_fails(life, server):
    steps.give_up(life, server)
    server.stage = HERE


@transition('going: claimed', often=True)
def going_leaves(life, server):
    life.driver.migrate_disk_and_power_off(
        life.context, life.instance(server), '', server.other, None
    )
    steps.leave_source(life, server)
    server.stage = 'going: gone'


@transition('going: gone', often=True)
def going_starts_there(life, server):
    steps.arrive(life, server)
    steps.finish(life, server)
    server.stage = 'going: there'


@transition('going: there', often=True)
def going_is_confirmed(life, server):
    instance, migration = life.instance(server), life.migration(server)
    life.driver.confirm_migration(life.context, migration, instance, None)
    life.tracker.drop_move_claim_at_source(life.context, instance, migration)
    steps.keep_new_flavor(life, server)
    server.stage = AWAY


@transition('going: there', often=True)
def going_is_reverted(life, server):
    instance, migration = life.instance(server), life.migration(server)
    migration.status = 'reverted'
    migration.save()
    instance.revert_migration_context()
    records.keep(instance, task_state=task_states.RESIZE_REVERTING)
    server.stage = 'going: reverting'


@transition('going: reverting', often=True, ends=('done', 'refused'))
def going_returns(life, server):
    return steps.return_here(life, server)
