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
"""Real Nova services with the extension, over hosts with fake GPUs."""

import contextlib
import os
import sys
from unittest import mock

import fixtures
import nova.conf
import yaml
from nova import context
from nova import objects
from nova.tests.functional import integrated_helpers

import tests
from nova_vgpu_ext import extension
from nova_vgpu_ext.compute import provider
from nova_vgpu_ext.sandbox import sqlite
from tests import schema
from tests.functional import placements
from tests.functional import threads

extension.install()
schema.add_column()
threads.keep_executors()
if tests.NOVA >= 34:  # each thread has a connection of its own
    sqlite.install()

CONF = nova.conf.CONF
PASTE_FILE = os.path.join(sys.prefix, 'etc', 'nova', 'api-paste.ini')
FILTER = 'nova_vgpu_ext.scheduler.filters.VGPUCapacityFilter'
WEIGHER = 'nova_vgpu_ext.scheduler.weights.VGPUWeigher'
ENABLED_FILTERS = [
    'ComputeFilter',
    'ComputeCapabilitiesFilter',
    'ImagePropertiesFilter',
    'ServerGroupAntiAffinityFilter',
    'ServerGroupAffinityFilter',
    'VGPUCapacityFilter',
]


class VGPUTestCase(
    placements.PlacementMixin, integrated_helpers.ProviderUsageBaseTestCase
):
    """API, scheduler, conductor and Placement; hosts are started by tests."""

    compute_driver = 'vgpu_ext.FakeDriver'

    def setUp(self):
        self.flags(api_paste_config=PASTE_FILE, group='wsgi')
        self.flags(
            available_filters=['nova.scheduler.filters.all_filters', FILTER],
            enabled_filters=ENABLED_FILTERS,
            weight_classes=['nova.scheduler.weights.all_weighers', WEIGHER],
            group='filter_scheduler',
        )
        patient_threads = self.useFixture(threads.PatientThreads())
        if tests.NOVA < 34:
            self.useFixture(placements.OneRequestAtATime())
        # A new Placement has no resource classes.
        provider.Provider._classes.clear()
        super().setUp()
        patient_threads.begin()
        self.state_path = self.useFixture(fixtures.TempDir()).path
        self.flags(state_path=self.state_path)

    def _wait_for_server_parameter(
        self, server, expected_params, max_retries=10, **kwargs
    ):
        """Wait for as long as a busy machine may need, half a second each."""
        return super()._wait_for_server_parameter(
            server, expected_params, max(max_retries, 120), **kwargs
        )

    # Hosts

    def start_host(self, host, *cards, **flags):
        """Start a nova-compute with GPUs.

        :param cards: of a cards file: names, or mappings with card and count
        :param flags: options of the group vgpus
        """
        path = os.path.join(self.state_path, f'{host}.yaml')
        cards = [c if isinstance(c, dict) else {'card': c} for c in cards]
        with open(path, 'w') as cards_file:
            yaml.safe_dump({'cards': cards}, cards_file)
        self.flags(fake_cards_file=path if cards else None, group='vgpus')
        self.flags(**flags, group='vgpus')
        service = self._start_compute(host)
        self.assert_placement(host)
        return service

    def hypervisor(self, host):
        """The FakeHypervisor of a host."""
        return self.computes[host].manager.driver.hypervisor

    def audit(self, *hosts):
        """A periodic run of the resource tracker."""
        for host in hosts or self.computes:
            self.computes[host].manager.update_available_resource(self.ctxt)

    @contextlib.contextmanager
    def hasty_scheduler(self):
        """Let it choose hosts of which it should know that they are full."""
        before = CONF.vgpus.claim_in_placement
        self.flags(claim_in_placement=False, group='vgpus')
        try:
            with mock.patch(
                'nova_vgpu_ext.scheduler.filters._fits', return_value=True
            ):
                yield
        finally:
            self.flags(claim_in_placement=before, group='vgpus')

    # What is seen

    @property
    def ctxt(self):
        return context.get_admin_context()

    def books(self, host):
        """The HostVGPUs that the scheduler reads from the database."""
        return objects.ComputeNode.get_first_node_by_host_for_old_compat(
            self.ctxt, host
        ).vgpus

    def free(self, host, model):
        return self.books(host).free[model]

    # Flavors and servers

    def flavor(self, extra_specs=None, **kwargs):
        """The id of a new small flavor."""
        return self._create_flavor(
            vcpu=1, memory_mb=64, disk=1, extra_spec=extra_specs, **kwargs
        )

    def boot(self, flavor, expected='ACTIVE', **kwargs):
        return self._create_server(
            flavor_id=flavor,
            networks='none',
            expected_state=expected,
            **kwargs,
        )

    def boot_many(self, flavor, count):
        """Boot several in one request; the servers that became ACTIVE."""
        server = self._build_server(flavor_id=flavor, networks='none')
        server.update(min_count=count, max_count=count)
        self.api.post_server({'server': server})
        return [
            self._wait_for_state_change(server, 'ACTIVE')
            for server in self.api.get_servers()
        ]

    def host_of(self, server):
        return self.api.get_server(server['id'])['OS-EXT-SRV-ATTR:host']
