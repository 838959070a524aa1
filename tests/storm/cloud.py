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

"""The cloud below a storm: a sandbox with six hosts of mixed cards."""

import contextlib
import os

import requests
import yaml

from nova_vgpu_ext.sandbox import child
from nova_vgpu_ext.sandbox import config
from nova_vgpu_ext.sandbox import identity
from tests import clouds

# Each model is on two hosts at least, so that servers can move.
_FIFTH_CARD = {'fake': 'Made-Up Mixed-24', 'xenapi': 'GRID K1'}
_FLAVORS = (
    {},
    {'GRID K200': 1},
    {'GRID K240Q': 1},
    {'GRID K260Q': 1},
    {'GRID K2 passthrough': 1},
    {'NVIDIA A16-4Q': 1},
    {'NVIDIA A16-8Q': 1},
    {'NVIDIA A16-16Q': 2},
    {'NVIDIA A40-8Q': 1},
    {'NVIDIA A40-24Q': 1},
)
_MORE_FLAVORS = {
    'fake': (
        {'GRID K200': 3},
        {'GRID K260Q': 2},
        {'Mixed 24-8': 1},
        {'Mixed 24-4': 1, 'Mixed 24-12': 1},
        {'Mixed 24-Desktop': 2},
    ),
    'xenapi': ({'GRID K100': 1}, {'GRID K140Q': 1}),
}

# Nova itself may lose the race of a deletion with another operation, and
# finds what still runs then by itself, in half an hour unless told otherwise.
_SETTINGS = """\
[DEFAULT]
running_deleted_instance_poll_interval = 15
"""
_FOUND_RUNNING = 'which is marked as DELETED but still present on host'

_CALL_SECONDS = 120


def hosts(driver):
    """{host: its cards}"""
    extra = _FIFTH_CARD[driver]
    return {
        'gpu-1': ['GRID K2'],
        'gpu-2': ['GRID K2', 'GRID K2'],
        'gpu-3': ['NVIDIA A16', extra],
        'gpu-4': ['NVIDIA A16'],
        'gpu-5': ['NVIDIA A40', 'GRID K2'],
        'gpu-6': ['NVIDIA A40', extra],
    }


@contextlib.contextmanager
def running(driver):
    """Run a cloud in a process of its own; its Layout.

    :raises SandboxError: it doesn't start, or doesn't end in order
    """
    # For Nova's test fixtures; the sandbox has a paste file of its own.
    os.environ.pop('OS_WSGI__API_PASTE_CONFIG', None)
    with clouds.running(
        'storm',
        hosts(driver),
        _SETTINGS,
        lambda root: child.CloudProcess(root, driver, port=0),
    ) as layout:
        yield layout


def found_running(layout):
    """How many deleted servers Nova found running, and destroyed."""
    return layout.log.read_text().count(_FOUND_RUNNING)


class API:
    """Nova's API, for one thread."""

    def __init__(self, layout):
        clouds = yaml.safe_load(layout.clouds.read_text())['clouds']
        url = clouds[config.CLOUD]['auth']['auth_url']
        self._url = f'{url.removesuffix("/identity/v3")}/compute/v2.1'
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update(
            {
                'X-Auth-Token': identity.TOKEN,
                'OpenStack-API-Version': 'compute 2.100',
            }
        )

    def call(self, method, path, body=None):
        """The requests.Response, whatever its status."""
        return self._session.request(
            method, self._url + path, json=body, timeout=_CALL_SECONDS
        )

    def get(self, path):
        """What the response says, None if it isn't there (404).

        :raises requests.HTTPError: at any other error
        """
        response = self.call('GET', path)
        if response.status_code == 404:
            return None
        response.raise_for_status()
        return response.json()

    def servers(self):
        """All servers, as dicts."""
        return self.get('/servers/detail')['servers']


def make_flavors(api, driver):
    """{id: {model: count}} of flavors made for a storm."""
    made = dict(enumerate((*_FLAVORS, *_MORE_FLAVORS[driver]), start=1))
    for number, models in made.items():
        flavor = {'vcpus': 1, 'ram': 64, 'disk': 1}
        flavor.update(name=f'flavor-{number}', id=str(number))
        api.call('POST', '/flavors', {'flavor': flavor}).raise_for_status()
        specs = {f'vgpus:{model}': str(n) for model, n in models.items()}
        path = f'/flavors/{number}/os-extra_specs'
        if specs:
            api.call('POST', path, {'extra_specs': specs}).raise_for_status()
    return {str(number): models for number, models in made.items()}
