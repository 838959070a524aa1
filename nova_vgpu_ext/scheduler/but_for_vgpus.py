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

"""Would a request that was refused find hosts, but for its vGPUs?

Nova's scheduler doesn't say what was short, and Placement doesn't know. So
the same request is made again without vGPUs: where that finds no hosts
either, something else is short; where it does, their books tell whether
there is room for the vGPUs after all.
"""

import typing

from nova import exception
from nova.scheduler import request_filter
from nova.scheduler import utils

from nova_vgpu_ext import names
from nova_vgpu_ext import reasons
from nova_vgpu_ext import request


class Look(typing.NamedTuple):
    """What was found.

    :ivar finds_hosts: would all instances find hosts without vGPUs?
    :ivar has_room: would they with them, by the books of those hosts?
    :ivar most: {canonical key: how many are free where most are}
    :ivar unknown: the models, as the flavor spells them, that no host has
    """

    finds_hosts: bool = False
    has_room: bool = False
    most: dict = {}
    unknown: tuple = ()


def look(manager, context, spec, wanted, count):
    """Look for hosts of a refused request; changes the spec.

    :param manager: Nova's SchedulerManager
    :param spec: the RequestSpec as the scheduler was given it
    :param wanted: its VGPURequest
    :param count: of instances
    :returns: a Look
    """
    hosts = _hosts(manager, context.elevated(), spec)
    there = _books(hosts)
    most = {
        key: max((books.free_of(key) for books in there), default=0)
        for key, _ in wanted.items
    }
    has_room = True
    for number in range(count):
        passing = manager.host_manager.get_filtered_hosts(hosts, spec)
        if not passing:
            return Look()
        fitting = [
            host for host in passing if reasons.fits(host.vgpu_books, wanted)
        ]
        has_room = has_room and bool(fitting)
        chosen = (fitting or passing)[0]
        manager._consume_selected_host(chosen, spec)
        if fitting:
            books = chosen.vgpu_books.claim(str(number), wanted)
            chosen.vgpu_books = books
    unknown = reasons.unknown_models(there, wanted)
    return Look(True, has_room, most, tuple(unknown))


def _hosts(manager, context, spec):
    """The host states that Placement would offer without vGPUs."""
    try:
        request_filter.process_reqspec(context, spec)
    except exception.RequestFilterFailed:
        return []
    _take_vgpus_from(spec)
    found = manager.placement_client.get_allocation_candidates(
        context,
        utils.resources_from_request_spec(context, spec, manager.host_manager),
    )
    requests, summaries, _ = found or (None, None, None)
    if not requests:
        return []
    hosts = list(manager._get_all_host_states(context, spec, summaries))
    for host in hosts:
        host.allocation_candidates = [
            one for one in requests if host.uuid in one['allocations']
        ]
    return hosts


def _take_vgpus_from(spec):
    flavor = spec.flavor.obj_clone()
    flavor.extra_specs = request.without_vgpus(flavor.extra_specs)
    spec.flavor = flavor
    properties = spec.image.properties if spec.image else {}
    if 'traits_required' in properties:
        properties.traits_required = [
            trait
            for trait in properties.traits_required
            if trait != names.TRAIT
        ]


def _books(hosts):
    return [host.vgpu_books for host in hosts if host.vgpu_books is not None]
