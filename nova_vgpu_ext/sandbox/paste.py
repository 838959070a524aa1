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

"""Nova's own API pipelines, with one filter exchanged and one line added.

The filter that asks Keystone about each token gives way to one that knows
the only token there is. The line adds the resource /vgpus, as an operator
does it.
"""

import importlib.metadata
import json
import pathlib

from nova_vgpu_ext.sandbox import errors
from nova_vgpu_ext.sandbox import identity

_THEIRS = 'keystonemiddleware.auth_token:filter_factory'
_OURS = 'nova_vgpu_ext.sandbox.paste:filter_factory'
_COMPOSITE = '[composite:osapi_compute]\n'
_LINE = '/v2.1/vgpus: egg:nova-vgpu-ext#vgpus\n'


def packaged():
    """The paste file that the installed Nova brought along.

    It is one of the data files of Nova's wheel, outside of the package.

    :raises SandboxError: it isn't there
    """
    for file in importlib.metadata.files('nova') or ():
        path = pathlib.Path(file.locate())
        if file.match('etc/nova/api-paste.ini') and path.exists():
            return path.read_text()
    raise errors.SandboxError(
        "Nova's api-paste.ini is missing from this environment: install "
        'nova from its wheel, by pip.'
    )


def adapted(text, url):
    """A paste file with our filter in place of Keystone's, and our resource.

    :param url: of the whole sandbox, for the catalog that the filter adds
    :raises SandboxError: the file has no such filter, or no API
    """
    theirs = f'paste.filter_factory = {_THEIRS}\n'
    ours = f'paste.filter_factory = {_OURS}\nurl = {url}\n'
    for old, new in (theirs, ours), (_COMPOSITE, _COMPOSITE + _LINE):
        if text.count(old) != 1:
            raise errors.SandboxError(
                f"Nova's api-paste.ini doesn't have {old.strip()} once: the "
                'sandbox needs the file as Nova ships it.'
            )
        text = text.replace(old, new)
    return text


def filter_factory(global_conf, url):
    """What paste calls to make the filter."""
    return lambda app: Authentication(app, url)


class Authentication:
    """A WSGI filter that admits whoever holds the sandbox's token."""

    def __init__(self, app, url):
        self._app = app
        self._headers = {
            'HTTP_X_IDENTITY_STATUS': 'Confirmed',
            'HTTP_X_USER_ID': identity.USER_ID,
            'HTTP_X_USER_NAME': identity.PROJECT,
            'HTTP_X_USER_DOMAIN_ID': 'default',
            'HTTP_X_PROJECT_ID': identity.PROJECT_ID,
            'HTTP_X_PROJECT_NAME': identity.PROJECT,
            'HTTP_X_PROJECT_DOMAIN_ID': 'default',
            'HTTP_X_ROLES': ','.join(identity.ROLES),
            'HTTP_X_SERVICE_CATALOG': json.dumps(
                identity.catalog_for_nova(url)
            ),
        }

    def __call__(self, environ, start_response):
        if environ.get('HTTP_X_AUTH_TOKEN') != identity.TOKEN:
            headers = [('Content-Type', 'text/plain')]
            start_response('401 Unauthorized', headers)
            return [b'Log in first.\n']
        environ.update(self._headers)
        return self._app(environ, start_response)
