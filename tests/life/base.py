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

"""A test case with what of Nova and its database the life needs."""

import fixtures
from nova import test
from nova.compute import resource_tracker

from nova_vgpu_ext import conf
from nova_vgpu_ext import extension
from tests import schema

extension.install()
schema.add_column()


_STUBS = {
    f'{resource_tracker.__name__}.ResourceTracker._update_to_placement': None,
    'nova.compute.utils.is_volume_backed_instance': False,
    'nova.objects.Instance._load_ec2_ids': None,
}


class LifeTestCase(test.TestCase):
    """With a database; without Nova's part of Placement, and volumes."""

    def setUp(self):
        super().setUp()
        conf.register_opts(test.CONF)
        self.flags(state_path=self.useFixture(fixtures.TempDir()).path)
        for name, value in _STUBS.items():
            self.useFixture(fixtures.MockPatch(name, return_value=value))
