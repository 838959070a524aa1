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

"""The books of the fake hypervisor's host."""

from nova_vgpu_ext import capacity
from nova_vgpu_ext.virt import fake_state
from nova_vgpu_ext.virt import inventory


def host_vgpus(hypervisor, **settings):
    """The HostVGPUs as of now, without claims.

    :param hypervisor: fake_hypervisor.FakeHypervisor
    :param settings: the operator's, see inventory.host_vgpus
    """
    vms = tuple(hypervisor.vms.values())
    pgpus = {pgpu.id: pgpu for pgpu in hypervisor.pgpus}
    return inventory.host_vgpus(
        [_model(one) for one in hypervisor.types],
        [capacity.Group(*one) for one in hypervisor.groups.items()],
        [
            capacity.PGPU(one.id, one.group, one.size, one.types)
            for one in pgpus.values()
        ],
        [
            capacity.Resident(
                pgpu, identifier, None if vm.foreign else vm.uuid, vm.name
            )
            for vm in vms
            for identifier, pgpu in vm.vgpus
            if pgpu in pgpus  # none is pulled between two looks
        ],
        [
            vm.uuid
            for vm in vms
            if not vm.foreign
            and vm.state in (fake_state.RUNNING, fake_state.PAUSED)
        ],
        **settings,
    )


def _model(one):
    return capacity.Model(
        one.identifier,
        one.name,
        one.size,
        one.limit,
        one.passthrough,
        one.mixes,
    )
