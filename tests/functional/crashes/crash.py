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
"""One crash and what comes after it."""

import typing

from tests.functional.crashes import checks
from tests.functional.crashes import operations


class Point(typing.NamedTuple):
    """Where a service dies: instead of making a call.

    :ivar call: its name
    :ivar before: how many of that name the operation makes there before. By
        place among all calls, it would be another one where there is more to
        read in Placement.
    """

    operation: operations.Operation
    host: str
    call: str
    before: int = 0

    def __str__(self):
        number = f' after {self.before}' if self.before else ''
        return f'{self.operation.name}: {self.host}, {self.call}{number}'


def points(cloud, operation):
    """Run an operation without a crash: all points where one might be."""
    server = _prepare(cloud, operation)
    for host in cloud.hosts:
        cloud.life(host).watch()
    operation.action(cloud, server)
    found = [
        Point(operation, host, call, before)
        for host in cloud.hosts
        for call, before in _numbered(cloud.life(host).unwatch())
    ]
    cloud.delete_all()
    return found


def _numbered(calls):
    """Each call with the number of those like it that come before."""
    return [(call, calls[:n].count(call)) for n, call in enumerate(calls)]


def crash(cloud, point):
    """Let a service die, start the next one, and look at what is there.

    Then delete all, and look whether all is free again.
    """
    first = {host: cloud.books(host) for host in cloud.hosts}
    _interrupt(cloud, point)
    cloud.replace(point.host)
    checks.check_books(cloud)
    checks.check_room(cloud)
    cloud.delete_all()
    checks.check_books(cloud)
    now = {host: cloud.books(host) for host in cloud.hosts}
    cloud.assertEqual(first, now, 'capacity after deletion')
    cloud.clean_up()
    left = [vm for host in cloud.hosts for vm in cloud.hypervisor(host).vms]
    cloud.assertEqual([], left, 'VMs after deletion')


def _prepare(cloud, operation):
    """Do what comes before an operation; give back the instance, if any."""
    server = None
    for step in operation.before:
        server = step(cloud, server) or server
    return server


def _interrupt(cloud, point):
    server = _prepare(cloud, point.operation)
    life = cloud.life(point.host)
    life.watch((point.call, point.before))
    point.operation.action(cloud, server)
    cloud.assertTrue(life.dead, 'The service lives.')
