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

"""The periodic run: a host's books are made anew.

What is there comes from the driver's snapshot, what is promised from the
instances and migrations in the database.
"""

from nova import utils
from nova.compute import resource_tracker
from nova.compute import vm_states
from oslo_log import log as logging

from nova_vgpu_ext.compute import unseen

LOG = logging.getLogger(__name__)

# Such an instance, if nothing is being done to it, has all of its vGPUs.
_COMPLETE = (vm_states.ACTIVE, vm_states.PAUSED, vm_states.RESCUED)


class AuditMixin:
    """The part of our resource tracker about audits."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # While a node is audited, its books from before, or None: pending
        # claims keep their GPU groups from one audit to the next.
        self._former_books = {}
        self._unseen = unseen.UnseenChanges()
        self._complete = set()
        self._findings = {}

    def update_available_resource(self, context, nodename, startup=False):
        with self._unseen.collected():
            super().update_available_resource(
                context, nodename, startup=startup
            )

    @utils.synchronized(resource_tracker.COMPUTE_RESOURCE_SEMAPHORE, fair=True)
    def _update_available_resource(self, context, resources, startup=False):
        """Keep all promises where an audit ends halfway.

        Nova would leave the node without the claims that it had not added
        up yet, and give their vGPUs to others until the next audit. Those
        instances it would claim for once more when their claim is released.
        """
        nodename = resources['hypervisor_hostname']
        tracked = set(self.tracked_instances), dict(self.tracked_migrations)
        try:
            super()._update_available_resource(
                context, resources, startup=startup
            )
        finally:
            if nodename in self._former_books:
                former = self._former_books.pop(nodename)
                self.tracked_instances, self.tracked_migrations = tracked
                if nodename in self.compute_nodes:
                    self.compute_nodes[nodename].vgpus = former

    def _copy_resources(self, compute_node, resources, initial=False):
        nodename = resources['hypervisor_hostname']
        self._former_books[nodename] = books_of(compute_node)
        super()._copy_resources(compute_node, resources, initial=initial)
        books = books_of(compute_node)
        if books is not None:
            compute_node.vgpus = self._unseen.onto(nodename, books)

    def _update_usage_from_instances(self, context, instances, nodename):
        found = super()._update_usage_from_instances(
            context, instances, nodename
        )
        self._complete = {
            uuid
            for uuid, instance in found.items()
            if instance.vm_state in _COMPLETE and instance.task_state is None
        }
        return found

    def _update(self, context, compute_node, startup=False):
        nodename = compute_node.hypervisor_hostname
        if nodename not in self._former_books:
            super()._update(context, compute_node, startup=startup)
            return
        books = books_of(compute_node)
        if books is not None:
            moving = self.tracked_migrations.keys()
            compute_node.vgpus = books.lacking(self._complete - moving)
        before = _saved_at(compute_node)
        super()._update(context, compute_node, startup=startup)
        if books is not None and _saved_at(compute_node) == before:
            # Nova saves what has changed. That it is still true is news too:
            # the age of the report shows whether somebody looks after it.
            compute_node.save()
        # From here on, a claim is a new one and goes where it fits best.
        del self._former_books[nodename]
        self._report_findings(compute_node)

    def _under_audit(self, nodename):
        """The node whose claims are being added up, and its books before.

        :returns: (None, None) if it has no books now, or had none
        """
        former = self._former_books.get(nodename)
        node = self.compute_nodes.get(nodename)
        if former is None or books_of(node) is None:
            return None, None
        return node, former

    def _report_findings(self, compute_node):
        """Warn of what an administrator should see to, once."""
        nodename = compute_node.hypervisor_hostname
        books = books_of(compute_node)
        found = books.findings if books is not None else ()
        known = self._findings.get(nodename, ())
        self._findings[nodename] = found
        for finding in found:
            if finding not in known:
                LOG.warning(
                    'Node %(node)s: %(text)s',
                    {'node': nodename, 'text': finding.text},
                )


def _saved_at(node):
    return node.updated_at if 'updated_at' in node else None


def books_of(node):
    """A ComputeNode's HostVGPUs, None if there is no node or it has none."""
    return node.vgpus if node is not None and 'vgpus' in node else None
