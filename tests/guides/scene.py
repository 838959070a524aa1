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

"""Where each page of the guides begins: where the five-minute start ends.

There is the flavor ``gpu``, which asks for a vGPU, and the server ``mine``,
which has it, on a host that the pages can name. It is all done by Nova's API,
which is faster than commands.
"""

import time

from nova_vgpu_ext.sandbox import image

FLAVOR = {'name': 'gpu', 'vcpus': 1, 'ram': 64, 'disk': 1}
EXTRA_SPECS = {'vgpus:GRID K260Q': '1'}
HOST = 'gpu-k2-a'
SERVER = {
    'name': 'mine',
    'imageRef': image.CIRROS_ID,
    'networks': 'none',
    'availability_zone': f'nova:{HOST}',
}

_HOST = 'OS-EXT-SRV-ATTR:host'
_PREPARED = {
    'servers': [(SERVER['name'], 'ACTIVE', HOST)],
    'flavors': [(FLAVOR['name'], EXTRA_SPECS)],
    'aggregates': [],
}
_SECONDS = 120
_PAUSE = 0.3


def prepare(api):
    """Make it so, if it isn't.

    :param api: tests.storm.cloud.API
    """
    if _things(api) == _PREPARED:
        return
    clear(api)
    flavor = _post(api, '/flavors', flavor=FLAVOR)['flavor']['id']
    _post(api, f'/flavors/{flavor}/os-extra_specs', extra_specs=EXTRA_SPECS)
    _post(api, '/servers', server={**SERVER, 'flavorRef': flavor})
    _wait_for(api, ['ACTIVE'])


def clear(api):
    """Take all out that pages have made."""
    for server in api.servers():
        api.call('DELETE', f'/servers/{server["id"]}')
    _wait_for(api, [])
    for flavor in _flavors(api):
        api.call('DELETE', f'/flavors/{flavor["id"]}')
    for aggregate in _aggregates(api):
        path = f'/os-aggregates/{aggregate["id"]}'
        for host in aggregate['hosts']:
            _post(api, f'{path}/action', remove_host={'host': host})
        api.call('DELETE', path)


def _things(api):
    """What there is, as far as pages change it."""
    return {
        'servers': [
            (one['name'], one['status'], one[_HOST]) for one in api.servers()
        ],
        'flavors': [
            (one['name'], one['extra_specs']) for one in _flavors(api)
        ],
        'aggregates': _aggregates(api),
    }


def _flavors(api):
    return api.get('/flavors/detail?is_public=None')['flavors']


def _aggregates(api):
    return api.get('/os-aggregates')['aggregates']


def _post(api, path, **body):
    response = api.call('POST', path, body)
    response.raise_for_status()
    return response.json()


def _wait_for(api, states):
    """:raises AssertionError: servers don't get into these states"""
    deadline = time.monotonic() + _SECONDS
    while (found := [one['status'] for one in api.servers()]) != states:
        if time.monotonic() > deadline:
            raise AssertionError(f'Servers are {found}, not {states}.')
        time.sleep(_PAUSE)
