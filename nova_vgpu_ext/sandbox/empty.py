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

"""The stand-ins for Neutron and Cinder: they have nothing to offer."""

from nova_vgpu_ext.sandbox import rest


class Network(rest.App):
    """A Neutron without networks: boot with ``--nic none``."""

    NAME = 'network service'
    ROUTES = (
        ('GET', '', 'versions'),
        ('GET', '/v2.0', 'resources'),
        ('GET', '/v2.0/([^/]+)', 'list'),
    )

    def versions(self, request):
        link = {'rel': 'self', 'href': f'{request.application_url}/v2.0/'}
        version = {'id': 'v2.0', 'status': 'CURRENT', 'links': [link]}
        return rest.reply({'versions': [version]})

    def resources(self, request):
        return rest.reply({'resources': []})

    def list(self, request, name):
        return rest.reply({name.replace('-', '_'): []})


class BlockStorage(rest.App):
    """A Cinder without volumes: boot from an image."""

    NAME = 'block storage'
    ROUTES = (
        ('GET', '', 'versions'),
        ('GET', '/v3', 'versions'),
        ('GET', r'/v3(?:/[0-9a-f]{32})?/([^/]+)(?:/detail)?', 'list'),
    )

    def versions(self, request):
        link = {'rel': 'self', 'href': f'{request.application_url}/v3/'}
        version = {
            'id': 'v3.0',
            'status': 'CURRENT',
            'version': '3.59',
            'min_version': '3.0',
            'links': [link],
        }
        return rest.reply({'versions': [version]}, 300)

    def list(self, request, name):
        return rest.reply({name.replace('-', '_'): []})
