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

"""A resized instance counts at its destination with its new flavor.

When it has arrived and isn't started yet, it is an instance of this host
with its old flavor still. Nova's audit counts that, and then leaves the
migration out, as it has counted the instance. What resize_claim promised
would go to others until the instance starts.
"""

from nova_vgpu_ext import flavors
from nova_vgpu_ext.compute import auditing


class ArrivalMixin:
    """The part of our resource tracker about such instances."""

    def _update_usage_from_migration(
        self, context, instance, migration, nodename
    ):
        super()._update_usage_from_migration(
            context, instance, migration, nodename
        )
        if not self._has_just_arrived(instance, migration, nodename):
            return
        node = self.compute_nodes[nodename]
        books = auditing.books_of(node)
        if books is not None:
            node.vgpus = books.release(
                instance.uuid, flavors.valid_request(instance.flavor)
            ).claim(
                instance.uuid,
                flavors.valid_request(instance.new_flavor),
                like=self._former_books.get(nodename),
            )

    def _has_just_arrived(self, instance, migration, nodename):
        here = self.host, nodename
        return (
            migration.is_resize
            and (migration.dest_compute, migration.dest_node) == here
            and (migration.source_compute, migration.source_node) != here
            and instance.uuid in self.tracked_instances
            and instance.new_flavor is not None
            and instance.instance_type_id != migration.new_instance_type_id
        )
