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

"""Instances that are shelved."""

from tests.functional.paths import drivers
from tests.functional.paths.models import A16_16Q
from tests.functional.paths.models import K260Q
from tests.functional.paths.refusals import refused

WANTED = {K260Q: 1}

not_yet = refused('The XenServer driver can not shelve instances yet.')


class ShelvePaths:
    """Shelve"""

    @not_yet
    def test_shelve(self):
        """Shelve and unshelve on the same host"""
        self.flags(shelved_offload_time=-1)
        server = self.boot_with(WANTED)
        self.act(server, 'shelve', status='SHELVED')
        self.keeps(server, 'h1', WANTED)
        self.act(server, 'unshelve')
        self.holds(server, 'h1', WANTED)

    @not_yet
    def test_offload(self):
        """Shelve, offload, unshelve to another host"""
        self.flags(shelved_offload_time=-1)
        server = self.boot_with(WANTED)
        self.act(server, 'shelve', status='SHELVED')
        self.keeps(server, 'h1', WANTED)
        self.act(server, 'shelveOffload', status='SHELVED_OFFLOADED')
        self.gone(server)
        self.act(server, 'unshelve', {'host': 'h2'})
        self.holds(server, 'h2', WANTED)
        self.delete(server)

    @not_yet
    def test_no_room(self):
        """Unshelve when all vGPUs are taken"""
        self.flags(shelved_offload_time=0)
        server = self.boot_with({A16_16Q: 1})
        self.act(server, 'shelve', status='SHELVED_OFFLOADED')
        self.gone(server)
        others = [self.boot_with({A16_16Q: 4}, host) for host in self.hosts]
        told = self.fails(server, 'unshelve', None, 'SHELVED_OFFLOADED')
        self.assertIn('No valid host was found', told)
        self.gone(server)
        self.delete(others[1])
        self.act(server, 'unshelve')
        self.holds(server, 'h2', {A16_16Q: 1})

    @not_yet
    def test_delete(self):
        """Delete a shelved instance, and one that is offloaded"""
        for offload, status in ((-1, 'SHELVED'), (0, 'SHELVED_OFFLOADED')):
            self.flags(shelved_offload_time=offload)
            server = self.boot_with(WANTED)
            self.act(server, 'shelve', status=status)
            self.delete(server)
        self.assert_audit_changes_nothing()


class FakeShelveTest(ShelvePaths, drivers.FakeCase):
    pass


class XenServerShelveTest(ShelvePaths, drivers.XenServerCase):
    pass
