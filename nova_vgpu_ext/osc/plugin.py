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

"""The plugin of the openstack command.

It talks to Nova's API alone, by the endpoint of the compute service, and
imports nothing of Nova, which would slow down each command.
"""

from nova_vgpu_ext.osc import client

API_NAME = 'vgpu'
API_VERSION_OPTION = 'os_vgpu_api_version'
API_VERSIONS = ('1',)
DEFAULT_API_VERSION = '1'


def make_client(instance):
    """What commands have as ``client_manager.vgpu``."""
    return client.Client(instance.sdk_connection.compute)


def build_option_parser(parser):
    """There is one version of the API, so there is no option."""
    return parser
