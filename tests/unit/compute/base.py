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

"""A resource tracker of one node."""

import logging
import uuid
from unittest import mock

import fixtures
from nova import context
from nova import objects
from nova import test
from nova.compute import resource_tracker as nova_tracker
from oslo_log import formatters

from nova_vgpu_ext import extension
from nova_vgpu_ext.compute import resource_tracker
from tests.unit import factories

extension.install()

NODE = 'node'
STOCK = resource_tracker.ResourceTracker.__bases__[-1]


class TrackerTestCase(test.NoDBTestCase):
    """A node with two pGPUs of 4 x small, 2 x half or 1 x passthrough."""

    def setUp(self):
        super().setUp()
        self.flags(claim_in_placement=False, group='vgpus')
        self.ctxt = context.get_admin_context()
        self.tracker = nova_tracker.ResourceTracker(
            'host', mock.Mock(spec_set=['node_is_available']), mock.Mock()
        )
        # Otherwise the database would be asked.
        self.useFixture(
            fixtures.MockPatch(
                'nova.compute.utils.is_volume_backed_instance',
                return_value=False,
            )
        )
        self.node = objects.ComputeNode(
            uuid=str(uuid.uuid4()),
            host='host',
            hypervisor_hostname=NODE,
            memory_mb=1024,
            memory_mb_used=0,
            local_gb=10,
            local_gb_used=0,
            vcpus=8,
            vcpus_used=0,
            numa_topology=None,
            vgpus=factories.host(),
        )
        self.tracker.compute_nodes[NODE] = self.node
        self.save = self.patch_tracker('_update')

    def patch_tracker(self, name, **kwargs):
        """Let a method of Nova's tracker do something else, or nothing."""
        patch = fixtures.MockPatchObject(STOCK, name, **kwargs)
        return self.useFixture(patch).mock

    def usage(self, instance, flavor=None):
        return self.tracker._get_usage_dict(flavor or instance, instance)

    def claim(self, instance, flavor=None):
        """What ends each way to claim."""
        self.tracker._update_usage(self.usage(instance, flavor), NODE)

    def release(self, instance, flavor=None):
        usage = self.usage(instance, flavor)
        self.tracker._update_usage(usage, NODE, sign=-1)

    def free(self, model='GRID small'):
        return self.node.vgpus.free[model]


class Lines(logging.Handler):
    """What a log has at INFO and above, as operators see it."""

    def __init__(self, logger):
        super().__init__(logging.INFO)
        self.setFormatter(formatters.ContextFormatter())
        self._logger = logging.getLogger(logger)
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))

    def __enter__(self):
        self._logger.addHandler(self)
        return self.lines

    def __exit__(self, *exception):
        self._logger.removeHandler(self)


def flavor(**counts):
    """flavor(small=2), or flavor(small='many')."""
    return objects.Flavor(
        memory_mb=64,
        root_gb=1,
        ephemeral_gb=0,
        swap=0,
        vcpus=1,
        extra_specs={
            f'vgpus:GRID {name}': str(count) for name, count in counts.items()
        },
    )


def instance(**counts):
    """An instance with vGPUs."""
    wanted = flavor(**counts)
    return objects.Instance(
        uuid=str(uuid.uuid4()),
        host='host',
        node=NODE,
        flavor=wanted,
        image_ref='image',
        memory_mb=wanted.memory_mb,
        root_gb=1,
        ephemeral_gb=0,
        vcpus=1,
        numa_topology=None,
        pci_requests=objects.InstancePCIRequests(requests=[]),
        vm_state='active',
        task_state=None,
    )
