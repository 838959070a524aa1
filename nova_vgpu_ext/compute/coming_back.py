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

"""An instance that has left may come back before the next audit.

An audit that finds it here while a resize is reverted tracks it. Nova tells
nobody when it has gone then, and would take a new move to here for one that
is counted already: its claim would be granted and held for nobody.
"""

from nova_vgpu_ext.compute import auditing


class ComingBackMixin:
    """The part of our resource tracker about such instances."""

    def _move_claim(
        self, context, instance, new_flavor, nodename, migration, *args, **kw
    ):
        is_elsewhere = instance.host != self.host
        if is_elsewhere and instance.uuid in self.tracked_instances:
            self._forget(instance, nodename)
        return super()._move_claim(
            context, instance, new_flavor, nodename, migration, *args, **kw
        )

    def _forget(self, instance, nodename):
        """What was counted for it while it was here."""
        self.tracked_instances.discard(instance.uuid)
        node = self.compute_nodes.get(nodename)
        books = auditing.books_of(node)
        if books is not None:
            node.vgpus = books.release(instance.uuid)
