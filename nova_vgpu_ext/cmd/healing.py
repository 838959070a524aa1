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

"""Give instances the allocations that they lack, node by node.

An instance that got its vGPUs before Placement knew of them has a claim but
no allocation. The inventory says so: its vGPUs are reserved. So there is no
room for the allocation until the inventory is changed, which is done at
once with it.
"""

import typing

from nova_vgpu_ext import inventories
from nova_vgpu_ext.compute import provider

_ATTEMPTS = 10


class Healed(typing.NamedTuple):
    """What was done for one instance, or why it was not."""

    host: str
    instance: str
    counts: dict
    reason: str | None = None


def heal(client, context, node, books, instance_of, dry_run=False):
    """Heal the instances on one node; what was done, for each.

    :param client: Nova's SchedulerReportClient
    :param node: its host and uuid
    :param books: its HostVGPUs
    :param instance_of: function of consumers; {migration: instance}
    :raises provider.Failed: if Placement doesn't do what it is asked for
    """
    for _ in range(_ATTEMPTS):
        try:
            there = provider.Provider(client, node.uuid, context)
            return _heal(there, node, books, instance_of, dry_run)
        except provider.Conflict:
            continue
    raise provider.Failed('its provider changes all the time')


def _heal(there, node, books, instance_of, dry_run):
    present, allocated = there.read()
    instances = instance_of(allocated)
    owned = provider.by_owner(allocated, lambda c: instances.get(c, c))
    outcome, more = [], {}
    for owner, counts in inventories.lacking(books, owned).items():
        consumers = [c for c in allocated if instances.get(c, c) == owner]
        reason = _why_not(consumers)
        outcome.append(Healed(node.host, owner, dict(counts), reason))
        if reason is None:
            more[consumers[0]] = counts
            owned[owner] += counts
    if more and not dry_run:
        wanted = inventories.merged(present, books, owned)
        there.write_with_allocations(wanted, more)
    return outcome


def _why_not(consumers):
    if not consumers:
        return (
            'it has no allocations at all: run "nova-manage placement '
            'heal_allocations"'
        )
    if len(consumers) > 1:
        return 'it is being resized: confirm or revert that, then try again'
    return None
