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

"""The plugin's commands, run as the openstack command runs them."""

import io
import json
from unittest import mock

import requests
from oslotest import base

from nova_vgpu_ext.osc import client


def response(body, status=200):
    """What the compute service answers; body: text, or what becomes JSON."""
    answer = requests.Response()
    answer.status_code = status
    answer.reason = 'Of Course'
    text = body if isinstance(body, str) else json.dumps(body)
    answer._content = text.encode()
    return answer


class CommandTestCase(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.compute = mock.Mock()
        self.app = mock.Mock(stdout=io.StringIO(), stderr=io.StringIO())
        self.app.client_manager.vgpu = client.Client(self.compute)

    def run_command(self, command, *arguments):
        """What it prints."""
        command = command(self.app, None)
        parser = command.get_parser('openstack vgpu')
        command.run(parser.parse_args(arguments))
        return self.app.stdout.getvalue()
