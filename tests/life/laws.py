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

"""What holds after each event in the life of a host."""

import collections
import copy
import random
from unittest import mock

from nova_vgpu_ext import flavors
from nova_vgpu_ext.virt import fake_hardware
from nova_vgpu_ext.virt import fake_state


def check(life):
    """:raises AssertionError: if a law is broken"""
    books = life.host.books
    claims_are_kept(life, books)
    saved_as_kept(life, books)
    each_counts_once(books)
    if life.host.is_informed:
        residents_are_known(life, books)
    placement_knows(life, books)
    shortage_leaves_nothing_free(books)
    release_is_idempotent(life, books)
    if not life.is_shaken:
        assert not books.shortages, f'made short: {books.shortages}'
        everyone_can_start(life, books, life.random)
    elif life.host.is_informed:
        life.short = bool(books.shortages)
    else:
        life.short = True


def claims_are_kept(life, books):
    """Of all that is here, running or not, and of nothing else."""
    claimed = collections.Counter((c.owner, c.key) for c in books.claims)
    assert claimed == life.expected(), (
        f'claimed: {claimed}, expected: {life.expected()}'
    )


def saved_as_kept(life, books):
    """Schedulers see the claims that the host has."""
    assert life.host.saved_books.claims == books.claims


def each_counts_once(books):
    """What runs is no more pending, be it in whatever group."""
    running = collections.Counter((r.owner, r.model) for r in books.residents)
    claimed = collections.Counter((c.owner, c.model) for c in books.claims)
    pending = collections.Counter((c.owner, c.model) for c in books.pending)
    assert pending == claimed - running, f'pending: {books.pending}'


def residents_are_known(life, books):
    there = life.driver.present_books().residents
    assert books.residents == there, (
        f'known: {books.residents}, there: {there}'
    )


def placement_knows(life, books):
    """Each model, and how many are free, whoever has the allocations."""
    placement = life.host.placement
    placement.allocate(_allocations(life, books))
    life.tracker._flusher.mark(life.node)
    placement.settle()
    left = placement.left()
    free = {key: books.free_of(key) for key in left}
    assert left == free, f'in Placement: {left}, free: {free}'
    lacking = {row.model for row in books.rows if row.max} - {
        books.names.shown(identifier)
        for key in left
        for identifier in books.names.models_of(key)
    }
    assert not lacking, f'not in Placement: {lacking}'


def _allocations(life, books):
    """One for each claim; some are those of the owner's migration."""
    migrations = {
        server.uuid: life.migration(server).uuid
        for server in life.servers
        if server.migration
    }
    found = collections.defaultdict(collections.Counter)
    for claim in books.claims:
        consumers = [claim.owner, migrations.get(claim.owner, claim.owner)]
        found[life.random.choice(consumers)][claim.key] += 1
    return dict(found)


def shortage_leaves_nothing_free(books):
    for group_id, group in books.gpu_groups.items():
        for identifier in group.short_of:
            free = group.free(identifier)
            assert not free, f'{free} free of {identifier} in {group_id}'


def release_is_idempotent(life, books):
    for server in life.servers[:2]:
        released = books.release(server.uuid)
        assert released == released.release(server.uuid)
        assert not any(c.owner == server.uuid for c in released.claims)


def everyone_can_start(life, books, order):
    """Now, and after a reboot of the hypervisor, in any order."""
    for reboot in (False, True):
        hypervisor = _twin(life.host.hypervisor, order)
        if reboot:
            hypervisor.wipe()
        servers = [server for server in life.servers if _may_run(server)]
        order.shuffle(servers)
        for server in servers:
            _start(hypervisor, books, server, order)


def _may_run(server):
    return len(server.held()) > len(server.left)


def _twin(hypervisor, order):
    """A copy that forgets."""
    twin = copy.copy(hypervisor)
    twin._file = mock.Mock()
    twin.random = random.Random(order.random())
    return twin


def _start(hypervisor, books, server, order):
    vm = hypervisor.vms.get(server.uuid)
    if vm is not None and vm.state in fake_state.HOLDING:
        return
    now = [one for one in server.held() if one not in server.left]
    wanted = flavors.valid_request(order.choice(now or server.held()))
    places = books.assignment(server.uuid, wanted) if wanted else ()
    assert places is not None, f'{server.uuid} has no place for {wanted}'
    try:
        hypervisor.start_vm(server.uuid, places)
    except fake_hardware.Refused as error:
        raise AssertionError(f'{server.uuid} can not start: {error}') from None
