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

"""The check of Placement against the books."""

import contextlib
import threading
import time

import fixtures
import nova.conf
from placement import handler
from testtools import testcase

from nova_vgpu_ext import names

CONF = nova.conf.CONF
PATIENCE = 20  # seconds, on a busy machine


class OneRequestAtATime(fixtures.Fixture):
    """For a Placement all of whose threads share one connection to SQLite.

    Where two requests are served at once, one is in the transaction of the
    other. A deployment has another database.
    """

    def _setUp(self):
        lock = threading.RLock()
        serve = handler.PlacementHandler.__call__

        def serve_alone(self, environ, start_response):
            with lock:
                return serve(self, environ, start_response)

        self.useFixture(
            fixtures.MockPatchObject(
                handler.PlacementHandler, '__call__', serve_alone
            )
        )


class PlacementMixin:
    """Compares what Placement would give out with what is free."""

    def left_in_placement(self, host):
        """{canonical key: how many vGPUs Placement would give out}."""
        provider = self._node(host).uuid
        used = self._get_provider_usages(provider)
        return {
            name: one['total'] - one['reserved'] - used.get(name, 0)
            for name, one in self._get_provider_inventory(provider).items()
            if name.startswith(names.PREFIX)
        }

    def _node(self, host):
        (node,) = self.computes[host].rt.compute_nodes.values()
        return node

    def check_placement(self, host):
        """Placement knows each model of a host, and how many are free."""
        books = self._node(host).vgpus
        if books is None or not CONF.vgpus.claim_in_placement:
            return
        left = self.left_in_placement(host)
        offered = {
            key
            for identifier, most in books.most.items()
            if most
            for key in books.names.keys_of(identifier)
        }
        keys = offered.union(left)
        self.assertEqual(
            {key: books.free_of(key) for key in keys},
            {key: max(0, left[key]) if key in left else None for key in keys},
            f'free on {host} by the books, and in Placement',
        )

    def assert_placement(self, *hosts):
        """Placement knows soon what the books say."""
        for host in hosts or self.computes:
            self.in_time(lambda host=host: self.check_placement(host))

    @staticmethod
    def in_time(check, patience=PATIENCE):
        for _ in range(patience * 20):
            with contextlib.suppress(testcase.TestCase.failureException):
                return check()
            time.sleep(0.05)
        return check()
