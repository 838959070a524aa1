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

"""The environment variables of processes that talk to the sandbox."""

import os

from nova_vgpu_ext.sandbox import config

_PROXIES = ('http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY')
_NO_PROXY = ('no_proxy', 'NO_PROXY')


def bypass_proxy():
    """No proxy can reach this machine's loopback address."""
    for name in _NO_PROXY:
        others = os.environ.get(name)
        values = [others] if others else []
        os.environ[name] = ','.join([*values, config.ADDRESS])


def exports(layout):
    """What a shell must export to use the cloud, as {name: value}."""
    names = {
        'OS_CLIENT_CONFIG_FILE': str(layout.clouds),
        'OS_CLOUD': config.CLOUD,
    }
    if any(os.environ.get(proxy) for proxy in _PROXIES):
        names['NO_PROXY'] = os.environ.get('NO_PROXY', config.ADDRESS)
    return names


def for_client(layout):
    """A whole environment for a client of the cloud, and of no other."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith('OS_')
    }
    return {**inherited, **exports(layout)}
