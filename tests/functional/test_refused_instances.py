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

"""Who was refused is counted from what Nova itself has written."""

from unittest import mock

from nova_vgpu_ext.cmd import refused_instances
from tests.functional import base

K260Q = 'GRID K260Q'


class RefusedInstancesTest(base.VGPUTestCase):
    def setUp(self):
        super().setUp()
        self.start_host('h1', 'GRID K2')
        self.all_four = self.flavor({f'vgpus:{K260Q}': '4'})
        self.boot(self.all_four)

    def refused(self):
        faults, problems = refused_instances.everywhere()
        self.assertEqual([], problems)
        return refused_instances.by_model(faults)

    def test_other_failure(self):
        driver = self.computes['h1'].manager.driver
        with mock.patch.object(driver, 'spawn', side_effect=RuntimeError):
            self.boot(self.flavor(), 'ERROR')
        self.assertEqual({}, self.refused())

    def test_no_host(self):
        """The instance is in cell0; its fault outlives it."""
        server = self.boot(self.all_four, 'ERROR')
        self.assertEqual({K260Q: 1}, self.refused())
        self._delete_server(server)
        self.assertEqual({K260Q: 1}, self.refused())

    def test_refused_by_the_host(self):
        with self.hasty_scheduler():
            self.boot(self.all_four, 'ERROR')
        self.assertEqual({K260Q: 1}, self.refused())
