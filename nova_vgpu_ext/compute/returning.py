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

"""An instance on its way back from a resize keeps its place at the source.

The destination tells that the resize is reverted before it lets go of the
instance. From then until the source has it back, Nova's audit there finds
neither an instance nor a migration, and would give its vGPUs to others.
"""

from nova import exception
from nova import objects
from nova.compute import task_states

from nova_vgpu_ext import flavors


class ReturnMixin:
    """The part of our resource tracker about such instances."""

    def _update_usage_from_migrations(self, context, migrations, nodename):
        super()._update_usage_from_migrations(context, migrations, nodename)
        node, former = self._under_audit(nodename)
        if node is None:
            return
        counted = {claim.owner for claim in node.vgpus.claims}
        for owner in {claim.owner for claim in former.claims} - counted:
            wanted = self._returns_with(context, owner)
            if wanted:
                node.vgpus = node.vgpus.claim(owner, wanted, like=former)

    def _returns_with(self, context, owner):
        """The request of a former owner that is coming back, or None."""
        try:
            instance = objects.Instance.get_by_uuid(
                context, owner, expected_attrs=['flavor']
            )
        except exception.InstanceNotFound:
            return None
        if (
            instance.host == self.host
            or instance.task_state != task_states.RESIZE_REVERTING
        ):
            return None
        return flavors.valid_request(instance.old_flavor)
