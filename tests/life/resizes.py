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

"""Flavors change on the same host.

Resize is in three steps, in the middle of which the instance holds both
flavors: claimed by prep_resize, stopped by resize_instance, and started
with the new one by finish_resize.
"""

from tests.life import steps
from tests.life.servers import HERE
from tests.life.transitions import transition


def has_several_flavors(life):
    return len(life.flavors) > 1


def flavor_for(life, server):
    others = [one for one in life.flavors if one.id != server.flavor.id]
    return life.choose(others)


@transition(
    HERE,
    states=steps.RESIZABLE,
    when=has_several_flavors,
    often=True,
    ends=('claimed', 'refused'),
)
def resize(life, server):
    flavor = flavor_for(life, server)
    return steps.claim(life, server, flavor, 'resizing: claimed')


@transition('resizing: claimed', claiming=True)
def resize_that_can_not_begin(life, server):
    """The message to the source gets lost."""
    steps.can_not_begin(life, server, HERE)


@transition('resizing: claimed')
def resize_that_fails_at_the_source(life, server):
    steps.fails_at_the_source(life, server, HERE)


@transition('resizing: claimed', often=True)
def resize_stops(life, server):
    life.driver.migrate_disk_and_power_off(
        life.context, life.instance(server), '', server.other, None
    )
    steps.leave_source(life, server)
    server.stage = 'resizing: stopped'


@transition('resizing: stopped', often=True, ends=('done', 'refused'))
def resize_starts(life, server):
    if steps.start_here(life, server):
        server.stage = 'resizing: done'
        return 'done'
    server.stage = HERE
    return 'refused'


@transition('resizing: done', often=True)
def resize_is_confirmed(life, server):
    instance, migration = life.instance(server), life.migration(server)
    life.driver.confirm_migration(life.context, migration, instance, None)
    life.tracker.drop_move_claim_at_source(life.context, instance, migration)
    steps.keep_new_flavor(life, server)


@transition('resizing: done', often=True)
def resize_is_reverted(life, server):
    steps.leave_destination(life, server)
    server.stage = 'resizing: reverting'


@transition('resizing: reverting', often=True, ends=('done', 'refused'))
def resize_returns(life, server):
    return steps.return_here(life, server)
