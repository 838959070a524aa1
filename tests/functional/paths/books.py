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

"""The check of the books."""

import collections
import contextlib
import time

from testtools import testcase

from tests.functional.paths import models

PATIENCE = 10  # seconds for what Nova does after it says that it is done


class Expected:
    """Who is to hold what, on each host.

    :ivar claims: {(host, owner): flavors, each as {model: count}}
    :ivar running: the same for what the hypervisor has placed
    """

    def __init__(self):
        self.claims = {}
        self.running = {}

    def forget(self, owner):
        for table in (self.claims, self.running):
            for key in [key for key in table if key[1] == owner]:
                del table[key]

    def add(self, owner, claims, running):
        self.forget(owner)
        self.claims.update(((h, owner), w) for h, w in claims.items())
        self.running.update(((h, owner), w) for h, w in running.items())


def _sum(host, table, count):
    total = collections.Counter()
    for (where, owner), wanted in table.items():
        if where == host:
            total += count(owner, *wanted)
    return total


class BooksMixin:
    """Compares books, hypervisors and what is expected of them."""

    # Whether to run a periodic audit after each step.
    audits = False
    # Whether Nova leaves allocations, which audits find after some time.
    leaves_allocations = False
    # Whether claims may be short, through what others did.
    may_be_short = False

    def setUp(self):
        super().setUp()
        self.expected = Expected()

    # Who is to hold what from now on

    def holds(self, server, host, wanted):
        """A server runs on a host with its vGPUs, and has no others."""
        self.expect(server, {host: [wanted]}, {host: [wanted]})

    def keeps(self, server, host, wanted):
        """A server doesn't run, but may at any time."""
        self.expect(server, {host: [wanted]}, {})

    def gone(self, server):
        """A server holds nothing anywhere."""
        self.expect(server, {}, {})

    def expect(self, server, claims, running):
        """Say who holds what, and check that it is so.

        :param claims: {host: [{model: count} of each flavor]}
        :param running: the same for what the hypervisor has placed
        """
        self.expected.add(server['id'], claims, running)
        self.assert_books()

    # Checks

    def assert_books(self):
        """The books are as expected, and as the hypervisors are.

        Nova says that something is done before the last of it is.
        """
        self._in_time(self._check)
        if self.audits:
            self.assert_audit_changes_nothing()

    def _in_time(self, check):
        for _ in range(PATIENCE * 10):
            with contextlib.suppress(testcase.TestCase.failureException):
                return check()
            time.sleep(0.1)
        return check()

    def _check(self):
        if self.leaves_allocations:
            self.audit()
        for host in self.computes:
            self._check_claims(host, self.books(host))
            self._check_claims(host, self.tracked(host))
            self._check_residents(host)
            self.check_placement(host)

    def free(self, host, model):
        """How many more of a model there may be; none if it is not there."""
        return self.books(host).free.get(model, 0)

    def tracked(self, host):
        """The HostVGPUs in the tracker's memory."""
        return self.computes[host].rt.compute_nodes[host].vgpus

    def _check_claims(self, host, found):
        self.assertEqual(
            _sum(host, self.expected.claims, models.claimed),
            collections.Counter((c.owner, c.key) for c in found.claims),
            f'claims on {host}',
        )
        if not self.may_be_short:
            self.assertEqual((), found.shortages)

    def _check_residents(self, host):
        held = self.held(host)
        found = collections.Counter(
            (owner, identifier)
            for owner, _, identifier in held.elements()
            if owner is not None
        )
        self.assertEqual(
            _sum(host, self.expected.running, models.held),
            found,
            f'vGPUs on {host}',
        )
        if self.tells:
            self.assertEqual(held, _residents(self.tracked(host)))

    def assert_audit_changes_nothing(self):
        """A periodic run leaves all as it is."""
        before = {host: self.tracked(host).claims for host in self.computes}
        self.audit()
        self._in_time(self._check)
        for host, claims in before.items():
            held = self.held(host)
            books = self.books(host)
            self.assertEqual(held, _residents(books))
            self.assertEqual(sorted(claims), sorted(books.claims))


def _residents(books):
    return collections.Counter(
        (one.owner, one.pgpu, one.model) for one in books.residents
    )
