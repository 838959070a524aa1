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

"""The two lines of the configuration source are missing in nova.conf.

Filter, weigher and driver are configured all the same.
"""

import collections

from oslotest import base

from nova_vgpu_ext import extension
from tests.functional import nova_alone


class NotLoadedTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.found = nova_alone.run('stock')

    def test_filter_and_driver_say_how_to_load_it(self):
        """At the start of the scheduler, and when a vGPU is asked for."""
        names, messages = zip(*self.found['log'], strict=True)
        self.assertEqual({extension.HOW_TO_TURN_ON}, set(messages))
        self.assertEqual(
            {
                'nova_vgpu_ext.scheduler.filters': 2,
                'nova_vgpu_ext.virt.fake': 2,
            },
            collections.Counter(names),
        )

    def test_no_instance_gets_a_vgpu(self):
        self.assertEqual(
            'ERROR No valid host was found. There are not enough hosts '
            'available.',
            self.found['gpu'],
        )

    def test_wrong_flavor_is_told(self):
        self.assertIn('give a positive number', self.found['wrong'])

    def test_other_instances_are_unaffected(self):
        self.assertEqual('ACTIVE', self.found['plain'])

    def test_the_lines_are_all_that_was_missing(self):
        found = nova_alone.run('extended')
        self.assertEqual('ACTIVE', found['gpu'])
        self.assertEqual([], found['log'])
