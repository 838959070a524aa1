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
from oslotest import base

from nova_vgpu_ext.sandbox.xapi import calls


class CallsTest(base.BaseTestCase):
    def add(self, log, count):
        for number in range(count):
            log.add('VM.start', 'host', (str(number),), 'Success')

    def test_all_are_remembered(self):
        log = calls.Calls()
        self.add(log, 300)
        self.assertEqual(300, log.counts()['VM.start'])

    def test_the_last_ones_are_remembered(self):
        log = calls.Calls(2)
        self.add(log, 5)
        self.assertEqual([('3',), ('4',)], [one.parameters for one in log])
