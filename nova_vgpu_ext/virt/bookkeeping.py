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

"""Between a driver and the resource tracker that keeps its host's books."""


class BookkeepingMixin:
    """The part of our drivers about the books.

    :ivar vgpu_tracker: the compute.resource_tracker.ResourceTracker, which
        sets it itself; None where the extension isn't loaded
    """

    vgpu_tracker = None

    def present_books(self):
        """The HostVGPUs as of now, without claims; None without GPUs."""
        raise NotImplementedError

    def claimed_books(self):
        """The HostVGPUs with Nova's claims; None if nobody keeps them."""
        if self.vgpu_tracker is None:
            return None
        return self.vgpu_tracker.vgpu_books(self._nodename())

    def tell_started(self, instance):
        """Tell the tracker where an instance's vGPUs are now."""
        self._tell_of(instance.uuid)

    def tell_stopped(self, instance):
        """Tell the tracker that an instance holds no vGPUs now."""
        if self.vgpu_tracker is not None:
            self.vgpu_tracker.note_residents(
                self._nodename(), instance.uuid, ()
            )

    def tell_refused(self):
        """The hypervisor has no room for the vGPUs of this thread's build.

        As the tracker thought that it has, foreign VMs must have come.
        """
        if self.vgpu_tracker is not None:
            self.vgpu_tracker.note_vgpu_refusal()
        self._tell_of(None)

    def _tell_of(self, owner):
        books = self.present_books()
        if self.vgpu_tracker is not None and books is not None:
            self.vgpu_tracker.note_residents(
                self._nodename(),
                owner,
                [r for r in books.residents if r.owner == owner],
            )

    def _nodename(self):
        return self.get_available_nodes()[0]
