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

"""A sandbox's directory for tests."""

import pathlib

import fixtures
from oslotest import base

from nova_vgpu_ext.sandbox import fake_hosts
from nova_vgpu_ext.sandbox import layout

FAKE_DRIVER = fake_hosts.FakeHosts(None).sections()


class SandboxTestCase(base.BaseTestCase):
    """A test with the layout of an empty sandbox."""

    def setUp(self):
        super().setUp()
        root = self.useFixture(fixtures.TempDir()).path
        self.layout = layout.Layout(pathlib.Path(root))
        self.layout.cards('any').parent.mkdir()
        self.layout.state.mkdir()
