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

"""Hosts, their control domains and their network interfaces."""

from nova_vgpu_ext.sandbox.xapi import memory
from nova_vgpu_ext.sandbox.xapi import vm_operations

_MIB = 1024**2
_CONTROL_MEMORY = 1024 * _MIB
_HYPERVISOR_MEMORY = 256 * _MIB
_BRAND = {'product_brand': 'XenServer', 'network_backend': 'openvswitch'}
_HVM = ['hvm-3.0-x86_32', 'hvm-3.0-x86_32p', 'hvm-3.0-x86_64']
_PV = ['xen-3.0-x86_64', 'xen-3.0-x86_32p']


def add(pool, spec, restrictions):
    """A host with its control domain.

    :param spec: specs.Host
    :returns: its reference
    """
    db = pool.db
    major, minor = pool.signatures.version
    metrics = db.create(
        'host_metrics',
        memory_total=spec.memory_mib * _MIB,
        live=spec.online,
        last_updated=pool.now(),
    )
    host = db.create(
        'host',
        name_label=spec.name,
        hostname=spec.name,
        API_version_major=major,
        API_version_minor=minor,
        API_version_vendor='XenSource',
        enabled=spec.enabled,
        metrics=metrics,
        memory_overhead=_HYPERVISOR_MEMORY,
        software_version=_software(pool),
        license_params={**restrictions, 'expiry': '20991231T00:00:00Z'},
        edition='enterprise-per-socket',
        capabilities=_PV + _HVM * spec.hvm,
        chipset_info={'iommu': str(spec.iommu).lower()},
        cpu_info=_processors(spec.processors),
        virtual_hardware_platform_versions=[0, 1, 2],
    )
    if spec.uuid is not None:
        db.write('host', host, uuid=spec.uuid)
    for number in range(spec.processors):
        _add_processor(db, host, number)
    _add_control_domain(pool, host, spec)
    memory.update(db, host)
    return host


def _software(pool):
    """Versions as the host names them; XenServer 8 began a new count."""
    version = '.'.join(str(part) for part in pool.signatures.version)
    number = pool.signatures.product.split()[1]
    return {
        **_BRAND,
        'product_version': f'{number}.0' if '.' in number else f'{number}.0.0',
        'product_version_text': number,
        'platform_name': 'XCP',
        'platform_version': f'{version}.0',
        'xapi': version,
        'hostname': 'localhost',
        'xen': '4.17.5',
    }


def _processors(count):
    return {
        'cpu_count': str(count),
        'socket_count': '1',
        'threads_per_core': '1',
        'vendor': 'GenuineIntel',
        'speed': '2400.000',
        'modelname': 'Intel(R) Xeon(R) Gold 5318S CPU @ 2.10GHz',
        'family': '6',
        'model': '106',
        'stepping': '6',
        'flags': 'fpu de tsc msr pae mce cx8 apic sep mca cmov pat clflush '
        'acpi mmx fxsr sse sse2 ht syscall nx lm constant_tsc pni ssse3 '
        'sse4_1 sse4_2 popcnt aes hypervisor vmx',
    }


def _add_processor(db, host, number):
    info = db.row('host', host)['cpu_info']
    db.create(
        'host_cpu',
        host=host,
        number=number,
        vendor=info['vendor'],
        modelname=info['modelname'],
        speed=2400,
        family=6,
        model=106,
        stepping='6',
        flags=info['flags'],
    )


def _add_control_domain(pool, host, spec):
    sizes = ('static_max', 'dynamic_max', 'dynamic_min', 'static_min')
    control = pool.db.create(
        'VM',
        name_label=f'Control domain on host: {spec.name}',
        is_control_domain=True,
        power_state='Running',
        resident_on=host,
        affinity=host,
        domain_type='pv',
        domid=0,
        VCPUs_max=min(spec.processors, 4),
        VCPUs_at_startup=min(spec.processors, 4),
        metrics=pool.db.create('VM_metrics', current_domain_type='pv'),
        **{f'memory_{name}': _CONTROL_MEMORY for name in sizes},
    )
    pool.db.write('host', host, control_domain=control)
    vm_operations.update_allowed(pool.db, control)


def add_network(pool, spec, hosts):
    """A network, with an interface of each host that is in it.

    :param spec: specs.Network
    :param hosts: {name: reference}
    """
    db = pool.db
    network = db.create('network', name_label=spec.name, bridge=spec.bridge)
    names = () if spec.internal else spec.hosts or tuple(hosts)
    for name in names:
        interfaces = db.row('host', hosts[name])['PIFs']
        number = len(interfaces)
        tail = db.new_uuid()[:6]
        db.create(
            'PIF',
            network=network,
            host=hosts[name],
            device=f'eth{number}',
            MAC=f'00:16:3e:{tail[:2]}:{tail[2:4]}:{tail[4:]}',
            MTU=1500,
            VLAN=-1,
            physical=True,
            management=number == 0,
            IP='127.0.0.1' if number == 0 else '',
            ip_configuration_mode='Static' if number == 0 else 'None',
        )
