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

"""A request is not refused while the books say that there is room.

Placement may be behind the books for a moment: when a vGPU was released and
nova-compute is about to tell, or when somebody has an allocation who will
not get the vGPU. A scheduler that refuses then is wrong. So before it does,
it asks whether hosts would pass but for Placement's count of vGPUs, and if
so, tries again, for as long as such a moment may take.
"""

import functools
import time

import nova.conf
import oslo_messaging
from nova import exception
from nova.scheduler import request_filter
from nova.scheduler import utils
from oslo_log import log as logging

from nova_vgpu_ext import flavors
from nova_vgpu_ext import request

CONF = nova.conf.CONF
LOG = logging.getLogger(__name__)

_PAUSES = (0.1, 0.2, 0.4, 0.6, 0.8, 1)  # seconds


def looks_twice(stock):
    """Let a scheduler look again before it refuses vGPUs.

    :param stock: SchedulerManager.select_destinations, whose NoValidHost is
        wrapped for oslo.messaging
    """

    @functools.wraps(stock)
    def select_destinations(self, context, *args, **kwargs):
        spec = kwargs.get('spec_obj')
        wanted = _counted_by_placement(spec)
        if not wanted:
            return stock(self, context, *args, **kwargs)
        for pause in _PAUSES:
            kwargs['spec_obj'] = spec.obj_clone()  # Nova changes its own
            try:
                return stock(self, context, *args, **kwargs)
            except oslo_messaging.ExpectedException:
                hosts = _passing(self, context, spec.obj_clone(), wanted)
                count = len(kwargs.get('instance_uuids') or [spec])
                if not _is_room(hosts, wanted, count, spec.instance_uuid):
                    raise
            time.sleep(pause)
        kwargs['spec_obj'] = spec
        return stock(self, context, *args, **kwargs)

    return select_destinations


def _counted_by_placement(spec):
    """The VGPURequest that Placement counts, empty if there is none."""
    if (
        spec is None
        or not CONF.vgpus.claim_in_placement
        or utils.request_is_rebuild(spec)
    ):
        return request.NOTHING
    return flavors.request_if_right(spec.flavor)


def _is_room(hosts, wanted, count, instance):
    """Would so many instances fit, if Placement counted no vGPUs?"""
    books = [host.vgpu_books for host in hosts if host.vgpu_books is not None]
    is_room = _fit(books, wanted, count)
    LOG.debug(
        'Instance %(instance)s: there is %(room)s room for %(count)d times '
        '%(wanted)s by the books',
        {
            'instance': instance,
            'room': 'still' if is_room else 'no',
            'count': count,
            'wanted': wanted,
        },
    )
    return is_room


def _passing(manager, context, spec, wanted):
    """The host states that pass all filters, and Placement but for vGPUs."""
    context = context.elevated()
    try:
        request_filter.process_reqspec(context, spec)
    except exception.RequestFilterFailed:
        return []
    resources = utils.resources_from_request_spec(
        context, spec, manager.host_manager
    )
    group = resources.get_request_group(None)
    for key, _ in wanted.items:
        group.resources.pop(key, None)
    found = manager.placement_client.get_allocation_candidates(
        context, resources
    )
    requests, summaries, _ = found or (None, None, None)
    if not requests:
        return []
    hosts = []
    for host in manager._get_all_host_states(context, spec, summaries):
        host.allocation_candidates = [
            one for one in requests if host.uuid in one['allocations']
        ]
        hosts.append(host)
    return manager.host_manager.get_filtered_hosts(hosts, spec)


def _fit(books, wanted, count):
    """Do so many instances fit, each on some host?"""
    for number in range(count):
        fitting = [
            index for index, one in enumerate(books) if one.fits(wanted)
        ]
        if not fitting:
            return False
        first = fitting[0]
        books[first] = books[first].claim(str(number), wanted)
    return True
