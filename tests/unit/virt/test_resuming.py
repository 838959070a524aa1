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

from unittest import mock

from oslotest import base

from nova_vgpu_ext.virt import resuming

RECORD = 'nova.compute.utils.add_instance_fault_from_exc'


class TellingTest(base.BaseTestCase):
    def test_error_is_told_and_goes_on(self):
        error = RuntimeError('no room')
        with mock.patch(RECORD) as record:
            self.assertIs(
                error, self.assertRaises(RuntimeError, self.resume, error)
            )
        record.assert_called_once_with('context', 'instance', error)

    def resume(self, error):
        with resuming.telling('context', 'instance'):
            raise error

    def test_nothing_to_tell(self):
        with mock.patch(RECORD) as record:
            with resuming.telling('context', 'instance'):
                pass
        record.assert_not_called()
