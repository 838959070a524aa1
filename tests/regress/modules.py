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

"""Which of Nova's test modules are run.

Those that touch the resource tracker, the scheduler, claims, migrations,
server moves, compute nodes or Placement. A package stands for all in it.
"""

import importlib.util
import pkgutil

UNIT = (
    'nova.tests.unit.api.openstack.compute.test_evacuate',
    'nova.tests.unit.api.openstack.compute.test_flavors_extraspecs',
    'nova.tests.unit.api.openstack.compute.test_hypervisors',
    'nova.tests.unit.api.openstack.compute.test_migrate_server',
    'nova.tests.unit.api.openstack.compute.test_migrations',
    'nova.tests.unit.api.openstack.compute.test_server_migrations',
    'nova.tests.unit.api.openstack.compute.test_shelve',
    'nova.tests.unit.api.validation.extra_specs',
    'nova.tests.unit.cmd.test_status',
    'nova.tests.unit.compute',
    'nova.tests.unit.conductor',
    'nova.tests.unit.db.main.test_api',
    'nova.tests.unit.notifications.objects.test_notification',
    'nova.tests.unit.objects',
    'nova.tests.unit.pci',
    'nova.tests.unit.scheduler',
    'nova.tests.unit.test_service',
    'nova.tests.unit.virt.test_fake',
)

FUNCTIONAL = (
    'nova.tests.functional.api_sample_tests.test_evacuate',
    'nova.tests.functional.api_sample_tests.test_hypervisors',
    'nova.tests.functional.api_sample_tests.test_migrate_server',
    'nova.tests.functional.api_sample_tests.test_migrations',
    'nova.tests.functional.api_sample_tests.test_server_migrations',
    'nova.tests.functional.api_sample_tests.test_shelve',
    'nova.tests.functional.compute',
    'nova.tests.functional.db.test_compute_api',
    'nova.tests.functional.db.test_compute_node',
    'nova.tests.functional.db.test_request_spec',
    'nova.tests.functional.libvirt.test_evacuate',
    'nova.tests.functional.libvirt.test_live_migration',
    'nova.tests.functional.libvirt.test_numa_live_migration',
    'nova.tests.functional.libvirt.test_pci_in_placement',
    'nova.tests.functional.libvirt.test_reshape',
    'nova.tests.functional.libvirt.test_shared_resource_provider',
    'nova.tests.functional.libvirt.test_vgpu',
    'nova.tests.functional.regressions',
    'nova.tests.functional.test_boot_from_volume',
    'nova.tests.functional.test_cold_migrate',
    'nova.tests.functional.test_compute_mgr',
    'nova.tests.functional.test_cross_cell_migrate',
    'nova.tests.functional.test_flavor_extraspecs',
    'nova.tests.functional.test_json_filter',
    'nova.tests.functional.test_report_client',
    'nova.tests.functional.test_routed_networks',
    'nova.tests.functional.test_scheduler',
    'nova.tests.functional.test_server_rescue',
    'nova.tests.functional.test_servers',
    'nova.tests.functional.test_servers_provider_tree',
    'nova.tests.functional.test_servers_resource_request',
    'nova.tests.functional.test_service',
)

# What ./run test runs, with the extension alone.
SHORT = (
    'nova.tests.functional.db.test_compute_node',
    'nova.tests.functional.test_cold_migrate',
    'nova.tests.unit.compute.test_claims',
    'nova.tests.unit.compute.test_resource_tracker',
    'nova.tests.unit.compute.test_stats',
    'nova.tests.unit.objects.test_compute_node',
    'nova.tests.unit.scheduler.filters',
    'nova.tests.unit.scheduler.test_host_manager',
    'nova.tests.unit.scheduler.test_request_filter',
    'nova.tests.unit.scheduler.weights',
)

SETS = {'unit': UNIT, 'functional': FUNCTIONAL, 'short': SHORT}


def names(chosen):
    """The names of all test modules of a set, in order.

    :param chosen: a key of SETS
    """
    return [module for name in SETS[chosen] for module in _modules(name)]


def _modules(name):
    # Nothing but packages is loaded, so that the extension can come first.
    below = importlib.util.find_spec(name).submodule_search_locations
    if below is None:
        return [name]
    return [
        module.name
        for module in pkgutil.walk_packages(below, name + '.')
        if module.name.rpartition('.')[2].startswith('test_')
    ]
