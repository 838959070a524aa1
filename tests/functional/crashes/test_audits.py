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
"""An audit while a resize is on its way between two computes."""

import collections

from tests.functional.crashes import cloud
from tests.functional.crashes import operations

HANDOVERS = (
    'rpc resize_instance',
    'rpc finish_resize',
    'rpc finish_revert_resize',
)


class AuditTest(cloud.CrashingCloud):
    """Each compute is audited when one hands over to the other."""

    def setUp(self):
        super().setUp()
        self.audits = 0
        self.lost = []

    def watch(self):
        for host in self.hosts:
            self.life(host).watch(before=self.audit_all)

    def audit_all(self, call):
        if call not in HANDOVERS:
            return
        for host in self.hosts:
            before = self.claims(host)
            self.audit(host)
            self.audits += 1
            lost = before - self.claims(host)
            if lost:
                self.lost.append((call, host, lost))

    def claims(self, host):
        claims = self.books(host).claims
        return collections.Counter((one.owner, one.key) for one in claims)

    def test_resize_keeps_its_claims(self):
        server = operations.boot(self, None)
        self.watch()
        operations.resize(self, server)
        self.assertEqual(([], 4), (self.lost, self.audits))

    def test_revert_keeps_its_claims(self):
        server = operations.boot(self, None)
        operations.resize(self, server)
        self.watch()
        operations.revert(self, server)
        self.assertEqual(([], 2), (self.lost, self.audits))
