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

from nova.compute import task_states

from nova_vgpu_ext.virt.xenapi import errors
from tests.unit.virt.xenapi import driver_base


class ShelvingTest(driver_base.DriverTestCase):
    def test_is_refused_before_the_instance_is_stopped(self):
        self.simulate()
        xen = self.driver()
        instance = self.gpu_instance(K260Q=1)
        self.spawn(xen, instance)
        before = self.rows('VM')
        instance.task_state = task_states.SHELVING
        error = self.assertRaises(errors.NotYet, xen.power_off, instance)
        self.assertEqual(
            'The XenServer driver can not shelve instances yet.', str(error)
        )
        self.assertEqual(before, self.rows('VM'))
