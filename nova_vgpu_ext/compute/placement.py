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

"""Placement gets to know the books of each node.

A claim or release needs nothing of Placement: it changes the books, and a
thread tells Placement right after. It alone writes our inventories. Nova's
own writes carry along what is there.
"""

import random
import time

import nova.conf
from keystoneauth1 import exceptions as ks_exc
from nova import context as nova_context
from nova import exception
from nova import objects
from oslo_log import log as logging

from nova_vgpu_ext import capacity
from nova_vgpu_ext import inventories
from nova_vgpu_ext import names
from nova_vgpu_ext.compute import auditing
from nova_vgpu_ext.compute import flusher
from nova_vgpu_ext.compute import provider
from nova_vgpu_ext.compute import stale_allocations

CONF = nova.conf.CONF
LOG = logging.getLogger(__name__)


_CONFLICTS = 100
_PAUSE = 0.03  # seconds, between conflicts
_FAILURES = (provider.Failed, ks_exc.ClientException)


class PlacementMixin:
    """The part of our resource tracker about Placement."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._flusher = flusher.Flusher(self._tell_placement, _FAILURES)
        self._migrating = {}
        self._stale = stale_allocations.StaleAllocations()

    def _update(self, context, compute_node, startup=False):
        super()._update(context, compute_node, startup=startup)
        books = auditing.books_of(compute_node)
        if books is not None and CONF.vgpus.claim_in_placement:
            self._flusher.mark(compute_node.hypervisor_hostname)

    def _update_to_placement(self, context, compute_node, startup):
        """Leave to the audits what changes by no claim.

        Else a claim would read each allocation of the host from Placement,
        and be lost where that fails.
        """
        is_audited = compute_node.hypervisor_hostname in self._former_books
        if is_audited or auditing.books_of(compute_node) is None:
            super()._update_to_placement(context, compute_node, startup)

    # What Nova writes itself

    def _merge_provider_configs(self, provider_configs, provider_tree):
        super()._merge_provider_configs(provider_configs, provider_tree)
        for node in self.compute_nodes.values():
            if _has_ours(node, provider_tree):
                self._keep_ours(node, provider_tree)
                _set_trait(node, provider_tree)

    def _keep_ours(self, node, provider_tree):
        """Drivers name all that they know, and so leave our classes out."""
        known = self.reportclient.get_provider_tree_and_ensure_root(
            nova_context.get_admin_context(),
            node.uuid,
            name=node.hypervisor_hostname,
        )
        ours = names.of_vgpus(known.data(node.uuid).inventory)
        if ours:
            there = provider_tree.data(node.uuid).inventory
            provider_tree.update_inventory(node.uuid, {**there, **ours})

    # What our thread writes

    def _tell_placement(self, nodename, waited):
        """Bring a node's inventories up to date.

        :param waited: seconds since the first change
        """
        start = time.monotonic()
        for conflicts in range(_CONFLICTS):
            try:
                if self._write_inventories(nodename):
                    LOG.debug(
                        'Placement knows the vGPUs of node %(node)s, '
                        '%(seconds).3f s after they changed, %(conflicts)d '
                        'conflicts',
                        {
                            'node': nodename,
                            'seconds': waited + time.monotonic() - start,
                            'conflicts': conflicts,
                        },
                    )
                return
            except provider.Conflict:
                time.sleep(random.uniform(0, _PAUSE))
        raise provider.Failed('Each write has met a conflict')

    def _write_inventories(self, nodename):
        """Whether there was anything to write."""
        node = self.compute_nodes.get(nodename)
        if node is None:
            return False
        context = nova_context.get_admin_context()
        there = provider.Provider(self.reportclient, node.uuid, context)
        present, consumers = there.read()
        allocated = {one: has for one, has in consumers.items() if has}
        books = self.vgpu_books(nodename) or capacity.HostVGPUs()
        owned = self._by_owner(context, books, allocated)
        stale = self._stale.among(
            context, nodename, inventories.excess(books, owned)
        )
        wanted = inventories.merged(present, books, owned, stale)
        if wanted == present:
            return False
        there.write(wanted)
        return True

    def _by_owner(self, context, books, allocated):
        """Allocations by instance.

        Who has a claim is an instance. Of the others, some are migrations,
        which matter only if there are claims without an allocation.
        """
        if not inventories.lacking(books, allocated):
            return allocated
        self._migrating = {
            consumer: self._migrating.get(consumer)
            or _instance_of(context, consumer)
            for consumer in allocated.keys() - books.claimed.keys()
        }
        return provider.by_owner(
            allocated, lambda consumer: self._migrating.get(consumer, consumer)
        )


def _instance_of(context, consumer):
    """The instance of a migration; what is none is its own."""
    try:
        return objects.Migration.get_by_uuid(context, consumer).instance_uuid
    except exception.MigrationNotFound:
        return consumer


def _has_ours(node, provider_tree):
    """May there be anything of ours in the provider of a node?

    A driver that knows nothing of vGPUs may be there in place of another.
    """
    return provider_tree.exists(node.uuid) and (
        auditing.books_of(node) is not None
        or provider_tree.has_traits(node.uuid, [names.TRAIT])
    )


def _set_trait(node, provider_tree):
    """Mark who has GPUs, so that images can ask for such hosts."""
    books = auditing.books_of(node)
    if books is None:
        return
    if any(books.most.values()):
        provider_tree.add_traits(node.uuid, names.TRAIT)
    else:
        provider_tree.remove_traits(node.uuid, names.TRAIT)
