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

"""A resize that is given up is not counted where it was given up.

When the destination has dropped the new flavor, the instance is there with
it all the same, until the source takes it back. Nova's audit counts it. On
the same host it would do so in the place of the old flavor, whose vGPUs the
instance will need when it starts.
"""

from nova import objects
from nova.compute import task_states

from nova_vgpu_ext import flavors
from nova_vgpu_ext.compute import auditing


class RevertMixin:
    """The part of our resource tracker about such instances."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._reverting = ()

    def _update_usage_from_instances(self, context, instances, nodename):
        found = super()._update_usage_from_instances(
            context, instances, nodename
        )
        self._reverting = tuple(filter(_is_reverting, found.values()))
        return found

    def _update_usage_from_migrations(self, context, migrations, nodename):
        super()._update_usage_from_migrations(context, migrations, nodename)
        if auditing.books_of(self.compute_nodes.get(nodename)) is None:
            return
        going_on = {migration.id for migration in migrations}
        for instance in self._reverting:
            if instance.migration_context.migration_id not in going_on:
                self._count_former_flavor(context, instance, nodename)

    def _count_former_flavor(self, context, instance, nodename):
        """Count what is left to an instance here, if anything."""
        migration = objects.Migration.get_by_id(
            context, instance.migration_context.migration_id
        )
        source = migration.source_compute, migration.source_node
        former = flavors.valid_request(instance.old_flavor)
        is_source = source == (self.host, nodename)
        if is_source and former == flavors.valid_request(instance.flavor):
            return  # it is counted so, and may run already
        node = self.compute_nodes[nodename]
        node.vgpus = node.vgpus.release(instance.uuid)
        if is_source:
            node.vgpus = node.vgpus.claim(
                instance.uuid, former, like=self._former_books.get(nodename)
            )


def _is_reverting(instance):
    return (
        instance.task_state == task_states.RESIZE_REVERTING
        and instance.migration_context is not None
    )
