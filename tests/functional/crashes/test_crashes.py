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
"""A nova-compute crashes where it matters most.

Crashes at all calls take too long to be here: ./run crashes.
"""

from tests.functional.crashes import cloud
from tests.functional.crashes import crash
from tests.functional.crashes import operations

# What a service would do next when it dies.
BETWEEN_HOSTS = (
    ('spawn', 'a', 'database ComputeNode.save'),
    ('spawn', 'a', 'driver get_info'),
    ('resize', 'b', 'rpc resize_instance'),
    ('resize', 'a', 'rpc finish_resize'),
    ('resize', 'b', 'database Migration.save'),
    ('revert', 'b', 'rpc finish_revert_resize'),
    ('confirm', 'a', 'placement put allocations'),
    ('destroy', 'a', 'database VirtualInterface.delete_by_instance_uuid'),
)
ON_ONE_HOST = (('resize on the same host', 'a', 'driver finish_migration'),)


class CrashTest(cloud.CrashingCloud):
    def crash_at(self, points):
        by_name = {one.name: one for one in operations.ALL}
        for name, host, call in points:
            crash.crash(self, crash.Point(by_name[name], host, call))


class BetweenHostsTest(CrashTest):
    def test_books_are_right_after_a_crash(self):
        self.crash_at(BETWEEN_HOSTS)


class OnOneHostTest(CrashTest):
    hosts = ('a',)

    def test_books_are_right_after_a_crash(self):
        self.crash_at(ON_ONE_HOST)
