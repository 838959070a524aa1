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
"""The only file that registers or replaces anything in Nova.

``install()`` is called in every Nova process by the configuration source
(nova_vgpu_ext.activation), before Nova makes any of the objects concerned.
It first checks that all that it replaces is as it was in the releases that
it was written for; otherwise it changes nothing and says why.
"""

import inspect
import threading

import nova.conf
from nova import version
from nova.compute import api as compute_api
from nova.compute import claims
from nova.compute import resource_tracker
from nova.conductor import manager as conductor_manager
from nova.objects import base
from nova.objects import compute_node
from nova.scheduler import host_manager
from nova.scheduler import manager as scheduler_manager
from nova.scheduler import request_filter
from nova.scheduler import utils as scheduler_utils

from nova_vgpu_ext import conf
from nova_vgpu_ext import exception

RELEASES = (31, 32, 33, 34)

HOW_TO_TURN_ON = (
    'nova-vgpu-ext is configured here but not loaded: set "config_source = '
    'vgpus" in [DEFAULT] and "driver = vgpus" in [vgpus] of nova.conf, then '
    'restart this service. Until then, no instance gets a vGPU here.'
)

# What is overridden, with the arguments that it must have.
SEAMS = {
    resource_tracker.ResourceTracker: {
        '__init__': 'self host driver reportclient',
        'instance_claim': 'self context instance nodename allocations limits',
        'build_failed': 'self nodename',
        'update_available_resource': 'self context nodename startup',
        'update_usage': 'self context instance nodename',
        '_copy_resources': 'self compute_node resources initial',
        '_get_usage_dict': 'self object_or_dict instance updates',
        '_merge_provider_configs': 'self provider_configs provider_tree',
        '_move_claim': 'self context instance new_flavor nodename migration '
        'allocations move_type image_meta limits',
        '_update': 'self context compute_node startup',
        '_update_to_placement': 'self context compute_node startup',
        '_update_available_resource': 'self context resources startup',
        '_update_usage': 'self usage nodename sign',
        '_update_usage_from_instances': 'self context instances nodename',
        '_update_usage_from_migrations': 'self context migrations nodename',
    },
    claims.Claim: {'_test_pci': 'self'},
    compute_api.API: {
        '_validate_flavor_image_numa_pci': 'image flavor validate_numa '
        'validate_pci',
    },
    host_manager.HostState: {
        '_update_from_compute_node': 'self compute',
        '_locked_consume_from_request': 'self spec_obj',
    },
    scheduler_manager.SchedulerManager: {
        '_get_all_host_states': 'self context spec_obj provider_summaries',
        # Wrapped by oslo.messaging.
        'select_destinations': 'args kwargs',
    },
    scheduler_utils.ResourceRequest: {'_process_extra_specs': 'self flavor'},
    scheduler_utils: {
        'claim_resources': 'ctx client spec_obj instance_uuid alloc_req '
        'allocation_request_version',
        'populate_retry': 'filter_properties instance_uuid',
    },
    conductor_manager.ComputeTaskManager: {
        '_set_vm_state_and_notify': 'self context instance_uuid method '
        'updates ex request_spec',
        '_cold_migrate': 'self context instance flavor filter_properties '
        'clean_shutdown request_spec host_list',
    },
    compute_node.ComputeNode: {
        '_from_db_object': 'context compute db_compute',
        'obj_make_compatible': 'self primitive target_version',
        'update_from_virt_driver': 'self resources',
    },
}

_lock = threading.Lock()
_done = False


def installed():
    """Whether this process has the extension."""
    return _done


def install():
    """Give Nova vGPUs; further calls do nothing.

    :raises UnsupportedNova: if this isn't a Nova that the extension knows;
        nothing has been changed then
    """
    global _done
    with _lock:
        if not _done:
            _check()
            _replace()
            _done = True


def _check():
    release = version.version_string().split('.')[0]
    if release not in map(str, RELEASES):
        raise exception.UnsupportedNova(
            reason=f'its release is {version.version_string()}, and only '
            f'{RELEASES[0]} to {RELEASES[-1]} are known'
        )
    for owner, methods in SEAMS.items():
        for name, arguments in methods.items():
            _check_arguments(owner, name, arguments)
    _check_fields()


def _check_arguments(owner, name, expected):
    method = getattr(owner, name, None)
    if method is None:
        raise exception.UnsupportedNova(
            reason=f'{owner.__name__} has no {name}'
        )
    arguments = ' '.join(inspect.signature(method).parameters)
    if arguments != expected:
        raise exception.UnsupportedNova(
            reason=f'{owner.__name__}.{name} takes ({arguments}) instead of '
            f'({expected})'
        )


def _check_fields():
    from nova_vgpu_ext.objects import compute_node as ours

    stock = compute_node.ComputeNode
    if stock.VERSION != ours.STOCK_VERSION or 'vgpus' in stock.fields:
        raise exception.UnsupportedNova(
            reason=f'its ComputeNode has version {stock.VERSION} instead of '
            f'{ours.STOCK_VERSION}'
        )


def _replace():
    # What is imported here reads options, or builds on what stands above it.
    conf.register_opts(nova.conf.CONF)

    from nova_vgpu_ext.api import image_check
    from nova_vgpu_ext.compute import claims as our_claims
    from nova_vgpu_ext.compute import resource_tracker as our_tracker
    from nova_vgpu_ext.conductor import faults
    from nova_vgpu_ext.db import column
    from nova_vgpu_ext.db import models
    from nova_vgpu_ext.objects import compute_node as our_node
    from nova_vgpu_ext.scheduler import arriving
    from nova_vgpu_ext.scheduler import giving_way
    from nova_vgpu_ext.scheduler import host_state
    from nova_vgpu_ext.scheduler import request_filter as our_filter
    from nova_vgpu_ext.scheduler import resources
    from nova_vgpu_ext.scheduler import second_look

    models.add_column()
    column.explain_absence()
    base.NovaObjectRegistry.register(our_node.ComputeNode)
    claims.Claim._test_pci = our_claims.tests_vgpus(claims.Claim._test_pci)
    api = compute_api.API
    api._validate_flavor_image_numa_pci = staticmethod(
        image_check.checks_gpu(api._validate_flavor_image_numa_pci)
    )
    resource_tracker.ResourceTracker = our_tracker.ResourceTracker
    host_manager.HostState = host_state.HostState
    request_filter.ALL_REQUEST_FILTERS.append(our_filter.refuse_wrong_flavor)
    resource_request = scheduler_utils.ResourceRequest
    resource_request._process_extra_specs = resources.asks_for_vgpus(
        resource_request._process_extra_specs
    )
    manager = scheduler_manager.SchedulerManager
    manager.select_destinations = second_look.looks_twice(
        manager.select_destinations
    )
    manager._get_all_host_states = giving_way.knows_hosts(
        arriving.knows_arriving(manager._get_all_host_states)
    )
    scheduler_utils.claim_resources = giving_way.gives_way(
        scheduler_utils.claim_resources
    )
    scheduler_utils.populate_retry = faults.keeps_reason(
        scheduler_utils.populate_retry
    )
    conductor = conductor_manager.ComputeTaskManager
    conductor._cold_migrate = faults.tells_why_not_moved(
        conductor._cold_migrate
    )
    conductor._set_vm_state_and_notify = faults.tells_reason(
        conductor._set_vm_state_and_notify
    )
