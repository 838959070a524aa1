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

"""A move whose claim was refused holds nothing here.

Nova names this host as the destination of a migration before it claims, and
takes that back a while after a refusal. An audit in between would count what
was just refused, on top of all that is there.
"""

from nova import exception


class RefusedMoveMixin:
    """The part of our resource tracker about such migrations.

    :ivar _refused_moves: {uuid of the migration: node}; those that no audit
        finds any more are forgotten
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._refused_moves = {}

    def _move_claim(
        self, context, instance, new_flavor, nodename, migration, *args, **kw
    ):
        try:
            claim = super()._move_claim(
                context, instance, new_flavor, nodename, migration, *args, **kw
            )
        except exception.ComputeResourcesUnavailable:
            self._refused_moves[migration.uuid] = nodename
            raise
        if self._refused_moves:
            self._refused_moves.pop(migration.uuid, None)
        return claim

    def _update_usage_from_migrations(self, context, migrations, nodename):
        if self._refused_moves:
            self._forget_others(migrations, nodename)
            migrations = [
                one
                for one in migrations
                if one.uuid not in self._refused_moves
            ]
        super()._update_usage_from_migrations(context, migrations, nodename)

    def _forget_others(self, migrations, nodename):
        found = {migration.uuid for migration in migrations}
        self._refused_moves = {
            uuid: node
            for uuid, node in self._refused_moves.items()
            if node != nodename or uuid in found
        }
