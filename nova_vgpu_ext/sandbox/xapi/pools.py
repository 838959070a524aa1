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

"""From a description of a pool to the pool."""

import os

from nova_vgpu_ext.sandbox.xapi import pool_file
from nova_vgpu_ext.sandbox.xapi import pool_gpus
from nova_vgpu_ext.sandbox.xapi import pool_hosts
from nova_vgpu_ext.sandbox.xapi import records
from nova_vgpu_ext.sandbox.xapi import specs
from nova_vgpu_ext.sandbox.xapi.failure import Failure
from nova_vgpu_ext.sandbox.xapi.pool import Pool
from nova_vgpu_ext.virt.yaml_file import Mistake

SHIPPED = os.path.join(os.path.dirname(__file__), 'examples')

_GIB = 1024**3
_RESTRICTIONS = ('gpu', 'vgpu', 'integrated_gpu_passthrough', 'vif_locking')
# The type of the storage that holds the guests' tools.
_TOOLS = 'iso'


def shipped():
    """The names of the pools that come with the simulator, in order."""
    return sorted(file.removesuffix('.yaml') for file in os.listdir(SHIPPED))


def path_of(name):
    """The path of a pool that comes with the simulator.

    :raises Mistake: none has this name
    """
    if name not in shipped():
        known = ', '.join(shipped())
        raise Mistake(f'give a file that ends in .yaml, or one of {known}.')
    return os.path.join(SHIPPED, f'{name}.yaml')


def load(path):
    """The pool that a YAML file describes.

    :raises yaml_file.Mistake: one sentence that says what is wrong
    """
    return _checked(pool_file.load(path))


def parse(content):
    """The pool of what would stand in a YAML file.

    :raises yaml_file.Mistake: one sentence that says what is wrong
    """
    return _checked(pool_file.parse(content))


def _checked(spec):
    try:
        return build(spec)
    except Failure as failure:
        raise Mistake(
            f'XAPI refuses such a pool with {" ".join(failure.details)}: '
            'change its groups or its VMs.'
        ) from None


def build(spec):
    """The pool that a specs.Pool describes."""
    pool = Pool(spec.release, spec.seed, spec.settings)
    whole = pool.db.create('pool', name_label=spec.name)
    restrictions = {
        f'restrict_{feature}': str(feature in spec.restricted).lower()
        for feature in _RESTRICTIONS
    }
    pool.db.write('pool', whole, restrictions=restrictions)
    hosts = {
        host.name: pool_hosts.add(pool, host, restrictions)
        for host in spec.hosts
    }
    pool.db.write('pool', whole, master=hosts[spec.hosts[0].name])
    _add_storages(pool, spec, hosts)
    for network in spec.networks:
        pool_hosts.add_network(pool, network, hosts)
    pool_gpus.add(pool, spec, hosts)
    pool.db.create(
        'VM',
        name_label='Other install media',
        is_a_template=True,
        is_default_template=True,
        HVM_boot_policy='BIOS order',
        domain_type='hvm',
    )
    for vm in spec.vms:
        add_vm(pool, vm)
    return pool


def _add_storages(pool, spec, hosts):
    storages = spec.storages or [
        specs.Storage(specs.LOCAL, hosts=(host.name,)) for host in spec.hosts
    ]
    refs = [_add_storage(pool, one, hosts) for one in storages]
    pool.db.write('pool', pool.ref, default_SR=refs[0])
    tools = specs.Storage('XenServer Tools', _TOOLS, 1, shared=True)
    ref = _add_storage(pool, tools, hosts)
    pool.db.write('SR', ref, is_tools_sr=True, content_type='iso')


def _add_storage(pool, storage, hosts):
    names = storage.hosts or tuple(hosts)
    shared = storage.shared or len(names) > 1
    key = {} if shared else {'i18n-key': 'local-storage'}
    sr = pool.db.create(
        'SR',
        name_label=storage.name,
        type=storage.type,
        content_type='user',
        physical_size=storage.size_gib * _GIB,
        shared=shared,
        other_config=key,
    )
    for name in names:
        pool.db.create('PBD', SR=sr, host=hosts[name], currently_attached=True)
    return sr


def add_vm(pool, spec):
    """Make a VM, with vGPUs, in the state that it shall be in.

    :param spec: specs.VM
    :returns: its reference
    """
    config = {'other_config': spec.other_config}
    vm = pool.call(
        'VM.create',
        records.vm(spec.name, spec.memory_mib, spec.vcpus, spec.hvm, **config),
    )
    for identifier, group in spec.vgpus:
        pool.call(
            'VGPU.create',
            vm,
            pool.db.find('GPU_group', name_label=group)[0],
            '0',
            {},
            *pool_gpus.reference(pool, identifier),
        )
    if spec.state != 'halted':
        host = pool.db.find('host', name_label=spec.host)[0]
        paused = spec.state == 'paused'
        pool.call('VM.start_on', vm, host, paused, False)
    if spec.state == 'suspended':
        pool.call('VM.suspend', vm)
    return vm
