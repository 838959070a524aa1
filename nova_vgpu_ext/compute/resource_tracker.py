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

"""The resource tracker keeps a host's vGPU books.

They live in ``ComputeNode.vgpus``. As Nova does with memory, each audit
takes what is there from the driver's snapshot and adds up the claims of the
instances anew, so nothing is remembered in this process only.
"""

import threading
import typing

from nova import context as nova_context
from nova import objects
from nova import utils
from nova.compute import resource_tracker
from nova.compute import vm_states
from oslo_log import log as logging

from nova_vgpu_ext import flavors
from nova_vgpu_ext import request
from nova_vgpu_ext.compute import arriving
from nova_vgpu_ext.compute import auditing
from nova_vgpu_ext.compute import coming_back
from nova_vgpu_ext.compute import placement
from nova_vgpu_ext.compute import refused_moves
from nova_vgpu_ext.compute import returning
from nova_vgpu_ext.compute import reverting

LOG = logging.getLogger(__name__)

USAGE_KEY = 'vgpus'


class Usage(typing.NamedTuple):
    """The vGPU part of Nova's usage dict."""

    owner: str
    wanted: request.VGPURequest


class ResourceTracker(
    arriving.ArrivalMixin,
    reverting.RevertMixin,
    returning.ReturnMixin,
    coming_back.ComingBackMixin,
    refused_moves.RefusedMoveMixin,
    placement.PlacementMixin,
    auditing.AuditMixin,
    resource_tracker.ResourceTracker,
):
    """Nova's resource tracker with claims on vGPUs."""

    def __init__(self, host, driver, reportclient=None):
        super().__init__(host, driver, reportclient=reportclient)
        self._build = threading.local()
        if hasattr(driver, 'vgpu_tracker'):
            driver.vgpu_tracker = self

    @utils.synchronized(resource_tracker.COMPUTE_RESOURCE_SEMAPHORE, fair=True)
    def vgpu_books(self, nodename):
        """The books of a node as of now, for a driver that starts a VM.

        Locked, since an audit takes all claims out before it adds them up.
        """
        node = self.compute_nodes.get(nodename)
        return auditing.books_of(node)

    @utils.synchronized(resource_tracker.COMPUTE_RESOURCE_SEMAPHORE, fair=True)
    def note_residents(self, nodename, owner, residents):
        """The driver has started or stopped the VM of an instance.

        Until the next audit nobody else tells where its vGPUs are, and what
        becomes free when others go depends on that.

        :param residents: of gpus.Resident, all that the instance holds now
        """
        self._unseen.note(nodename, owner, residents)
        node = self.compute_nodes.get(nodename)
        books = auditing.books_of(node)
        if books is None:
            return
        node.vgpus = books.holding(owner, residents)
        if node.vgpus != books and owner not in node.vgpus.claimed:
            # Nothing was promised to it, so others have more or less now.
            self._update(nova_context.get_admin_context(), node)

    # Claims and releases, each of which goes through _update_usage

    def _get_usage_dict(self, object_or_dict, instance, **updates):
        usage = super()._get_usage_dict(object_or_dict, instance, **updates)
        if isinstance(object_or_dict, objects.Flavor):
            flavor = object_or_dict
        else:
            flavor = instance.flavor
        wanted = flavors.valid_request(flavor)
        if wanted:
            usage[USAGE_KEY] = Usage(instance.uuid, wanted)
        return usage

    def _update_usage(self, usage, nodename, sign=1):
        super()._update_usage(usage, nodename, sign=sign)
        if USAGE_KEY not in usage:
            return
        owner, wanted = usage[USAGE_KEY]
        node = self.compute_nodes[nodename]
        books = auditing.books_of(node)
        if books is None:
            self._warn_without_books(owner, wanted, nodename)
        elif sign == 1:
            former = self._former_books.get(nodename)
            node.vgpus = books.claim(owner, wanted, like=former)
            self._log_change('Claimed', owner, wanted, nodename)
        else:
            node.vgpus = books.release(owner, wanted)
            self._log_change('Released', owner, wanted, nodename)

    def _warn_without_books(self, owner, wanted, nodename):
        LOG.warning(
            'An instance has %(wanted)s, but the driver reports no GPUs for '
            'node %(node)s',
            {'wanted': wanted, 'node': nodename},
            instance_uuid=owner,
        )

    def _log_change(self, change, owner, wanted, nodename):
        if nodename not in self._former_books:  # an audit changes nothing
            LOG.info(
                '%(change)s %(wanted)s on node %(node)s',
                {'change': change, 'wanted': wanted, 'node': nodename},
                instance_uuid=owner,
            )

    def instance_claim(
        self, context, instance, nodename, allocations, limits=None
    ):
        self._build.refused = False
        return super().instance_claim(
            context, instance, nodename, allocations, limits=limits
        )

    def update_usage(self, context, instance, nodename):
        super().update_usage(context, instance, nodename)
        self._release_if_removed(context, instance, nodename)

    @utils.synchronized(resource_tracker.COMPUTE_RESOURCE_SEMAPHORE, fair=True)
    def _release_if_removed(self, context, instance, nodename):
        """Release what Nova forgets until the next audit.

        Nova's update_usage does nothing for an instance that is tracked by
        its migration only, as after an evacuation or resize.
        """
        node = self.compute_nodes.get(nodename)
        books = auditing.books_of(node)
        removed = vm_states.allow_resource_removal(
            vm_state=instance.vm_state, task_state=instance.task_state
        )
        if not removed or books is None:
            return
        without = books.release(instance.uuid)
        if without != books:
            node.vgpus = without
            wanted = flavors.valid_request(instance.flavor)
            self._log_change('Released', instance.uuid, wanted, nodename)
            self._update(context.elevated(), node)

    # A refusal is no build failure

    def note_vgpu_refusal(self):
        """The build in this thread ends for want of a vGPU.

        Or for a flavor that is wrong, which is no fault of the host either.
        """
        self._build.refused = True

    def build_failed(self, nodename):
        """Don't count a lost race for a vGPU as a failure of the host.

        BuildFailureWeigher would send all instances elsewhere for it.
        """
        if getattr(self._build, 'refused', False):
            self._build.refused = False
            return
        super().build_failed(nodename)
