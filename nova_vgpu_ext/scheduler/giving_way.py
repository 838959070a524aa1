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

"""A scheduler that was a moment too late gives way.

Schedulers that look at the same time don't see each other's choices, and
Placement, which doesn't know that models share a card, refuses neither. So
whoever has got an allocation looks once more at all that is allocated there.
If others were faster, and the request doesn't fit beside theirs, the
allocation is given back and the next host tried. Otherwise nova-compute
would refuse the instance, at the end of a long way.
"""

import collections
import contextlib
import functools
import threading

from keystoneauth1 import exceptions as ks_exc
from nova import exception
from oslo_log import log as logging

from nova_vgpu_ext import names
from nova_vgpu_ext import reasons
from nova_vgpu_ext import request
from nova_vgpu_ext.scheduler import arriving

LOG = logging.getLogger(__name__)

_of_request = threading.local()
_FAILURES = (
    exception.AllocationDeleteFailed,
    exception.ConsumerAllocationRetrievalFailed,
    ks_exc.ClientException,
)


@contextlib.contextmanager
def possible():
    """While this thread looks for hosts, and can look again."""
    _of_request.hosts = {}
    try:
        yield
    finally:
        del _of_request.hosts


def knows_hosts(stock):
    """Remember what a request knows of hosts.

    :param stock: SchedulerManager._get_all_host_states
    """

    @functools.wraps(stock)
    def states(self, *args):
        hosts = _hosts()
        for host in stock(self, *args):
            hosts[host.uuid] = host
            yield host

    return states


def gives_way(stock):
    """Let a claim fail that can't be kept.

    :param stock: nova.scheduler.utils.claim_resources, whose caller tries
        the next host if it returns False
    """

    @functools.wraps(stock)
    def claim_resources(
        ctx,
        client,
        spec_obj,
        instance_uuid,
        alloc_req,
        allocation_request_version=None,
    ):
        claimed = stock(
            ctx,
            client,
            spec_obj,
            instance_uuid,
            alloc_req,
            allocation_request_version,
        )
        if not claimed:
            return claimed
        host, asked = _place(alloc_req)
        return (
            host is None
            or not _was_late(ctx, client, host, asked)
            or not _gave_back(ctx, client, instance_uuid, alloc_req)
        )

    return claim_resources


def _hosts():
    """{uuid: HostState} of the request; forgotten if it can't give way."""
    return getattr(_of_request, 'hosts', {})


def _place(alloc_req):
    """(HostState, {canonical key: count}) of what is allocated."""
    for uuid, there in alloc_req['allocations'].items():
        asked = names.of_vgpus(there['resources'])
        host = _hosts().get(uuid)
        if asked and host is not None and host.vgpu_books is not None:
            return host, asked
    return None, {}


def _was_late(ctx, client, host, asked):
    """Whether others, who are on their way, leave no room."""
    used = _used(ctx, client, host)
    if used is None:
        return False
    wanted = request.VGPURequest(tuple(sorted(asked.items())))
    others = collections.Counter(used) - collections.Counter(asked)
    books = arriving.expected_books(host.vgpu_books, others)
    host.vgpus_used = used
    return not reasons.fits(books, wanted)


def _used(ctx, client, host):
    """{canonical key: count} of all allocations there; None if unknown."""
    try:
        answer = client.get(
            f'/resource_providers/{host.uuid}/usages',
            global_request_id=ctx.global_id,
        )
    except ks_exc.ClientException:
        return None
    return names.of_vgpus(answer.json()['usages']) if answer else None


def _gave_back(ctx, client, instance_uuid, alloc_req):
    """Take back what was allocated, if that is all that there is."""
    try:
        has = client.get_allocs_for_consumer(ctx, instance_uuid)
        if has['allocations'].keys() != alloc_req['allocations'].keys():
            return False  # A move also has the source.
        client.delete_allocation_for_instance(ctx, instance_uuid)
    except _FAILURES as error:
        LOG.debug('Instance %s does not give way: %s', instance_uuid, error)
        return False
    LOG.debug('Instance %s gives way to others', instance_uuid)
    return True
