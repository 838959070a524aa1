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

"""The stand-in for Keystone: one project, one token, any password."""

from nova_vgpu_ext.sandbox import rest

# Placement's noauth2 reads a token as the name of its user, and trusts
# the user admin with everything.
TOKEN = 'admin'
PROJECT = 'demo'
REGION = 'RegionOne'

PROJECT_ID = '5d1e6a4ccf4b4f8f9d4d1c2f1f0c0a01'
USER_ID = '5d1e6a4ccf4b4f8f9d4d1c2f1f0c0a02'
ROLES = ('admin', 'member', 'reader', 'service')

_DOMAIN = {'id': 'default', 'name': 'Default'}
_PROJECT = {
    'id': PROJECT_ID,
    'name': PROJECT,
    'domain_id': 'default',
    'enabled': True,
    'description': 'The one project of the sandbox',
}

# type, name and path of each service; the path is also where it is mounted.
SERVICES = (
    ('identity', 'keystone', '/identity'),
    ('compute', 'nova', '/compute/v2.1'),
    ('placement', 'placement', '/placement'),
    ('image', 'glance', '/image'),
    ('network', 'neutron', '/network'),
    ('block-storage', 'cinder', f'/volume/v3/{PROJECT_ID}'),
)


def catalog(url):
    """The service catalog in the form of Keystone's version 3."""
    return [
        {
            'id': name,
            'type': kind,
            'name': name,
            'endpoints': [
                {
                    'id': f'{name}-{interface}',
                    'interface': interface,
                    'region': REGION,
                    'region_id': REGION,
                    'url': url + path,
                }
                for interface in ('public', 'internal', 'admin')
            ],
        }
        for kind, name, path in SERVICES
    ]


def catalog_for_nova(url):
    """The service catalog in the form that Nova's API is handed."""
    interfaces = ('publicURL', 'internalURL', 'adminURL')
    return [
        {
            'type': kind,
            'name': name,
            'endpoints': [
                {'region': REGION, **dict.fromkeys(interfaces, url + path)}
            ],
        }
        for kind, name, path in SERVICES
    ]


class Identity(rest.App):
    """Enough of Keystone for a client to log in and look around."""

    NAME = 'identity service'
    ROUTES = (
        ('GET', '', 'versions'),
        ('GET', '/v3', 'version'),
        ('POST', '/v3/auth/tokens', 'log_in'),
        ('GET', '/v3/auth/tokens', 'token'),
        ('DELETE', '/v3/auth/tokens', 'log_out'),
        ('GET', '/v3/auth/catalog', 'catalog'),
        ('GET', '/v3/(?:auth/)?projects', 'projects'),
        ('GET', '/v3/projects/(.+)', 'project'),
    )

    def __init__(self, url):
        """:param url: of the whole sandbox, without a path"""
        self._url = url

    def _version(self):
        link = {'rel': 'self', 'href': f'{self._url}/identity/v3/'}
        return {'id': 'v3.14', 'status': 'stable', 'links': [link]}

    def versions(self, request):
        return rest.reply({'versions': {'values': [self._version()]}}, 300)

    def version(self, request):
        return rest.reply({'version': self._version()})

    def log_in(self, request):
        try:
            auth = request.json_body['auth']
            identity = auth['identity']
            user = identity.get('password', {}).get('user', {})
            scope = auth.get('scope') or {}
            project = scope.get('project', {}) if scope != 'unscoped' else {}
        except (ValueError, KeyError, TypeError, AttributeError):
            return rest.refuse(400, 'The request to log in is malformed.')
        asked = project.get('name') or project.get('id') or PROJECT
        if asked not in (PROJECT, PROJECT_ID):
            return rest.refuse(
                401, f'The sandbox has the project {PROJECT} only.'
            )
        return self._issue(user.get('name') or PROJECT, 201)

    def token(self, request):
        if request.headers.get('X-Subject-Token') != TOKEN:
            return rest.refuse(404, "The token isn't the sandbox's.")
        return self._issue(PROJECT, 200)

    def _issue(self, user, status):
        project = {k: _PROJECT[k] for k in ('id', 'name')}
        body = {
            'methods': ['password'],
            'user': {'id': USER_ID, 'name': user, 'domain': _DOMAIN},
            'project': {**project, 'domain': _DOMAIN},
            'roles': [{'id': role, 'name': role} for role in ROLES],
            'catalog': catalog(self._url),
            'is_domain': False,
            'audit_ids': [TOKEN],
            'issued_at': '2020-01-01T00:00:00.000000Z',
            'expires_at': '2100-01-01T00:00:00.000000Z',
        }
        headers = {'X-Subject-Token': TOKEN}
        return rest.reply({'token': body}, status, headers)

    def log_out(self, request):
        return rest.done()

    def catalog(self, request):
        return rest.reply({'catalog': catalog(self._url)})

    def projects(self, request):
        wanted = request.params.get('name', PROJECT) == PROJECT
        return rest.reply({'projects': [_PROJECT] if wanted else []})

    def project(self, request, name):
        if name != PROJECT_ID:
            return rest.refuse(404, f'Could not find project: {name}.')
        return rest.reply({'project': _PROJECT})
