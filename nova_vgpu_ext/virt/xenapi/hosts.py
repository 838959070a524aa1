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


"""Which XenServer host this nova-compute serves, and what it has."""

import re
import socket
import typing
import urllib.parse

from nova.objects import fields
from oslo_serialization import jsonutils
from oslo_utils import units

from nova_vgpu_ext.virt.xenapi import errors

_FIRST_OF_VERSION = re.compile(r'(\d+)(?:\.(\d+))?(?:\.(\d+))?')

# Of a host's capabilities, such as hvm-3.0-x86_64: by what a guest has.
_MODES = {'hvm': fields.VMMode.HVM, 'xen': fields.VMMode.XEN}
_ARCHITECTURES = {
    'x86_64': fields.Architecture.X86_64,
    'x86_32': fields.Architecture.I686,
    'x86_32p': fields.Architecture.I686,
}


class Host(typing.NamedTuple):
    """A member of the pool.

    :ivar name: what Nova calls the node
    """

    ref: str
    uuid: str
    name: str


def find(session):
    """The Host that the settings of a session mean.

    :raises InvalidSettings: if that isn't clear; one sentence says what to
        set
    """
    records = session.call('host.get_all_records')
    settings = session.settings
    if settings.host_uuid:
        found = _with_uuid(records, settings.host_uuid)
    else:
        found = _with_address(records, settings)
    (ref,) = found
    return Host(ref, records[ref]['uuid'], records[ref]['hostname'])


def _with_uuid(records, uuid):
    found = [ref for ref, host in records.items() if host['uuid'] == uuid]
    if not found:
        raise errors.InvalidSettings(
            reason=f'[xenserver] host_uuid {uuid} is in no host of the pool; '
            f'there are {_listed(records)}.'
        )
    return found


def _with_address(records, settings):
    known = _addresses(settings)
    found = [
        ref
        for ref, host in records.items()
        if known & {host['address'], host['hostname']}
    ]
    if len(found) != 1:
        raise errors.InvalidSettings(
            reason='It is not clear which host of the XenServer pool '
            f'[xenserver] connection_url {settings.url} means: set '
            f'[xenserver] host_uuid to that of one of {_listed(records)}.'
        )
    return found


def _addresses(settings):
    """All by which the host in the URL may be known."""
    known = {settings.hostname, urllib.parse.urlsplit(settings.url).netloc}
    try:
        found = socket.getaddrinfo(settings.hostname, None)
    except OSError:
        return known
    return known | {address[4][0] for address in found}


def _listed(records):
    return ', '.join(
        sorted(f'{h["name_label"]} ({h["uuid"]})' for h in records.values())
    )


# What it has


def resources(host, metrics, sr):
    """What Nova asks of a node, but for its GPUs.

    :param host: record of the host
    :param metrics: record of its host_metrics
    :param sr: record of the storage repository of its instances
    """
    memory = int(metrics['memory_total']), int(metrics['memory_free'])
    size, allocated = int(sr['physical_size']), int(sr['virtual_allocation'])
    return {
        'uuid': host['uuid'],
        'hypervisor_hostname': host['hostname'],
        'hypervisor_type': 'XenServer',
        'hypervisor_version': version(host['software_version']),
        'host_ip': host['address'],
        'vcpus': int(host['cpu_info']['cpu_count']),
        'vcpus_used': 0,
        'memory_mb': memory[0] // units.Mi,
        'memory_mb_used': (memory[0] - memory[1]) // units.Mi,
        'local_gb': size // units.Gi,
        'local_gb_used': int(sr['physical_utilisation']) // units.Gi,
        'disk_available_least': (size - allocated) // units.Gi,
        'cpu_info': jsonutils.dumps(_cpu(host['cpu_info'])),
        'supported_instances': _guests(host['capabilities']),
        'numa_topology': None,
    }


def version(software):
    """``8.2.1`` as Nova counts: 8002001.

    :param software: the host's software_version
    """
    for key in ('product_version', 'xapi'):
        found = _FIRST_OF_VERSION.match(software.get(key, ''))
        if found:
            major, minor, patch = (int(part or 0) for part in found.groups())
            return (major * 1000 + minor) * 1000 + patch
    return 0


def _cpu(info):
    return {
        'vendor': info.get('vendor', ''),
        'model': info.get('modelname', ''),
        'topology': {
            'sockets': int(info.get('socket_count', 1)),
            'cores': int(info['cpu_count']),
            'threads': 1,
        },
    }


def _guests(capabilities):
    """[architecture, hypervisor, mode] of what can run here."""
    found = set()
    for capability in capabilities:
        mode, _, rest = capability.partition('-')
        architecture = _ARCHITECTURES.get(rest.rpartition('-')[2])
        if mode in _MODES and architecture:
            found.add((architecture, fields.HVType.XEN, _MODES[mode]))
    return sorted(found)


def uptime(host, now):
    """How long a host has been up, as the command uptime says it.

    :param host: its record
    :param now: its clock, a datetime in UTC
    """
    booted = float(host['other_config'].get('boot_time', now.timestamp()))
    minutes = int(max(0, now.timestamp() - booted)) // 60
    days, hours = divmod(minutes // 60, 24)
    return f'{now:%H:%M:%S} up {days} days, {hours}:{minutes % 60:02}'
