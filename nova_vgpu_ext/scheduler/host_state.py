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

"""What the scheduler knows of a host's vGPUs."""

import types

from nova.scheduler import host_manager

from nova_vgpu_ext import capacity
from nova_vgpu_ext import flavors


class HostState(host_manager.HostState):
    """Nova's HostState with a host's vGPU books.

    :ivar vgpu_books: a HostVGPUs, None for a host that reports none
    :ivar vgpus_used: {canonical key: count} of the allocations there, by
        Placement's word shortly before the books were read
    """

    vgpu_books = None
    vgpus_used = types.MappingProxyType({})

    @property
    def vgpus(self):
        """FreeVGPUs, empty for a host that reports none.

        A property, since requests without vGPUs need no count of them.
        """
        if self.vgpu_books is None:
            return _NONE
        aliases = flavors.alias_keys()
        if not aliases:
            return self.vgpu_books.free
        return capacity.FreeVGPUs(self.vgpu_books, aliases)

    def _update_from_compute_node(self, compute):
        ignored = self._ignores(compute)
        super()._update_from_compute_node(compute)
        if not ignored:
            self.vgpu_books = compute.vgpus if 'vgpus' in compute else None

    def _ignores(self, compute):
        """Whether Nova leaves out a node that is incomplete or older."""
        if 'free_disk_gb' not in compute or compute.free_disk_gb is None:
            return True
        known, reported = self.updated, compute.updated_at
        return bool(known and reported and known > reported)

    def _locked_consume_from_request(self, spec_obj):
        super()._locked_consume_from_request(spec_obj)
        wanted = flavors.valid_request(spec_obj.flavor)
        if wanted and self.vgpu_books is not None:
            self.vgpu_books = self.vgpu_books.claim(
                spec_obj.instance_uuid, wanted
            )


_NONE = capacity.FreeVGPUs(capacity.HostVGPUs())
