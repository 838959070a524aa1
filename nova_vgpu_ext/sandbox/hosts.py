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

"""Which hosts the cloud has, and which GPU cards are in each.

The file is a mapping of hosts. Each has a list of cards, by name or with
the keys that a card has in a cards file; with the fake driver, it may have a
whole cards file instead::

    gpu-1: [GRID K2, GRID K2]
    gpu-2: [{card: NVIDIA A40, count: 2}]
    plain: []
"""

import re

import yaml

from nova_vgpu_ext.sandbox import errors
from nova_vgpu_ext.virt import yaml_file

DEFAULT = {
    'gpu-k2-a': ['GRID K2'],
    'gpu-k2-b': ['GRID K2'],
    'gpu-a16': ['NVIDIA A16'],
    'plain': [],
}

# A host's name becomes the name of a file.
_NAME = re.compile(r'[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?')


def prepare(layout, hypervisors, path=None):
    """Put the cards into each host, and write the hosts for the next start.

    :param hypervisors: xen_hosts.XenHosts or fake_hosts.FakeHosts
    :param path: the hosts file; None for the hosts of the last start in
        this directory, or else four hosts of different kinds
    :returns: the names of the hosts, in the file's order
    :raises SandboxError: the hosts file can't be used
    """
    if path is None and layout.hosts.exists():
        path = layout.hosts
    hosts = DEFAULT if path is None else _read(path)
    for host, cards in hosts.items():
        try:
            hypervisors.put(host, cards)
        except yaml_file.Mistake as error:
            raise errors.SandboxError(
                f'Host {host} in hosts file {path} can not be used: {error}'
            ) from error
    layout.hosts.write_text(yaml.safe_dump(hosts, sort_keys=False))
    return tuple(hosts)


def _read(path):
    try:
        hosts = yaml_file.mapping(yaml_file.read(path), 'the file')
        for name in hosts:
            if not _NAME.fullmatch(name):
                raise yaml_file.Mistake(
                    f'{name!r} is no name for a host: use letters, digits, '
                    'dots and dashes.'
                )
        if not hosts:
            raise yaml_file.Mistake('it has no hosts: name one at least.')
    except yaml_file.Mistake as error:
        raise errors.SandboxError(
            f'Hosts file {path} can not be used: {error}'
        ) from error
    return hosts
