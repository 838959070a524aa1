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
"""Whether the books are right: by the hypervisor, by Nova's database."""

import collections

from nova import objects
from nova.compute import task_states
from nova.compute import vm_states

from nova_vgpu_ext import flavors


def check_books(cloud):
    """After a periodic run, the books are those of the hypervisor.

    And so are the claims those of the database.
    """
    cloud.audit()
    for host in cloud.computes:
        books = cloud.books(host)
        running = _node(cloud, host).vgpus
        cloud.assertEqual(running, books, f'{host}: database and service')
        cloud.assertEqual(
            _placements(cloud.hypervisor(host)),
            collections.Counter(
                (one.owner, one.model, one.pgpu) for one in books.residents
            ),
            f'{host}: residents',
        )
        cloud.assertEqual(
            _due(cloud, host),
            collections.Counter((one.owner, one.key) for one in books.claims),
            f'{host}: claims',
        )


def _node(cloud, host):
    (node,) = cloud.computes[host].manager.rt.compute_nodes.values()
    return node


def _placements(hypervisor):
    return collections.Counter(
        (vm.uuid, model, pgpu)
        for vm in hypervisor.vms.values()
        for model, pgpu in vm.vgpus
    )


def _due(cloud, host):
    """(instance, key) of each vGPU that the database promises on a host."""
    moves = objects.MigrationList.get_in_progress_and_error(
        cloud.ctxt.elevated(read_deleted='yes'),
        host,
        _node(cloud, host).hypervisor_hostname,
    )
    due = collections.Counter()
    for instance in objects.InstanceList.get_by_host(cloud.ctxt, host):
        if _is_given_up(instance, moves):
            due.update(_kept_at_source(cloud, instance, host))
            continue
        here = any(_arrives(move, instance, host) for move in moves)
        flavor = instance.new_flavor if here else instance.flavor
        due.update(_vgpus(instance.uuid, flavor))
    for move in moves:
        due.update(_held_by(move, host))
    for move in objects.MigrationList.get_by_filters(
        cloud.ctxt.elevated(read_deleted='yes'),
        {'source_compute': host, 'status': 'reverted'},
    ):
        due.update(_held_for_return(move, host))
    return due


def _is_given_up(instance, moves):
    """Is a resize reverted that the destination has let go of?"""
    return (
        instance.task_state == task_states.RESIZE_REVERTING
        and instance.migration_context is not None
        and instance.uuid not in {move.instance_uuid for move in moves}
    )


def _kept_at_source(cloud, instance, host):
    move = objects.Migration.get_by_id(
        cloud.ctxt, instance.migration_context.migration_id
    )
    if move.source_compute != host:
        return []
    return _vgpus(instance.uuid, instance.old_flavor)


def _arrives(move, instance, host):
    """Is an instance here already that will be started here, resized?"""
    return (
        instance.task_state == task_states.RESIZE_MIGRATED
        and move.instance_uuid == instance.uuid
        and move.source_compute != host
    )


def _held_by(move, host):
    """What a resize under way holds beside its instance, on a host."""
    instance = move.instance
    if not _resizes(instance):
        return []
    at_source = move.source_compute == host
    if move.source_compute == move.dest_compute:
        at_source = instance.instance_type_id != move.old_instance_type_id
    elif instance.host == host:
        return []
    flavor = instance.old_flavor if at_source else instance.new_flavor
    return _vgpus(instance.uuid, flavor) if flavor else []


def _held_for_return(move, host):
    """What the source keeps until a reverted instance is there again."""
    instance = move.instance
    if instance.host == host or (
        instance.task_state != task_states.RESIZE_REVERTING
    ):
        return []
    return _vgpus(instance.uuid, instance.old_flavor)


def _resizes(instance):
    return instance.vm_state == vm_states.RESIZED or (
        instance.vm_state == vm_states.ACTIVE
        and instance.task_state in task_states.resizing_states
    )


def _vgpus(owner, flavor):
    return [
        (owner, key)
        for key, count in flavors.vgpu_request(flavor).items
        for _ in range(count)
    ]


def check_room(cloud):
    """All that the books say fits can be had, to the last vGPU.

    The hypervisor's say counts: it refuses what it has no room for.
    """
    for host in cloud.hosts:
        free = cloud.free(host, cloud.MODEL)
        if free:
            made = cloud.post(cloud.filling[free], host=host)
            status = cloud.api.get_server(made['id'])['status']
            cloud.assertEqual('ACTIVE', status, f'{free} free on {host}')
            cloud.assertEqual(0, cloud.free(host, cloud.MODEL))
