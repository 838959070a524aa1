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

"""What happens on the host without Nova."""

from nova_vgpu_ext.virt import fake_hardware
from nova_vgpu_ext.virt import fake_state
from tests.life import servers
from tests.life import transitions


def event(when=lambda life: True, **kwargs):
    """Register a transition for the lives that have such."""
    return transitions.transition(
        when=lambda life: not life.is_calm and life.news and when(life),
        **kwargs,
    )


def _happened(life):
    life.host.outside += 1
    vms = life.host.hypervisor.vms
    for server in life.servers:
        vm = vms.get(server.uuid)
        arriving = vm is not None and vm.state == fake_state.INCOMING
        if server.stage == 'coming alive: started' and not arriving:
            server.stage = servers.LOST


def _foreign(life):
    vms = life.host.hypervisor.vms.values()
    return [vm.uuid for vm in vms if vm.foreign]


@event(ends=('done', 'refused'))
def foreign_vm_starts(life):
    hypervisor = life.host.hypervisor
    kinds = sorted(
        {
            (identifier, pgpu.group)
            for pgpu in life.host.hardware.cards.pgpus.values()
            for identifier in pgpu.types
        }
    )
    life.foreign += 1
    name = f'foreign-{life.foreign}'
    try:
        hypervisor.start_vm(name, [life.choose(kinds)], foreign=True)
    except fake_hardware.Refused:
        return 'refused'
    _happened(life)
    return 'done'


@event(when=_foreign)
def foreign_vm_stops(life):
    life.host.hypervisor.destroy_vm(life.choose(_foreign(life)))
    _happened(life)


def _all_pgpus(life):
    return set(life.host.hardware.cards.pgpus)


def _pulled(life):
    there = {pgpu.id for pgpu in life.host.hypervisor.pgpus}
    return sorted(_all_pgpus(life) - there)


@event(when=lambda life: len(_pulled(life)) < len(_all_pgpus(life)))
def pgpu_is_pulled(life):
    there = _all_pgpus(life).difference(_pulled(life))
    life.host.hypervisor.pull_pgpu(life.choose(sorted(there)))
    _happened(life)


@event(when=_pulled)
def pgpu_is_inserted(life):
    life.host.hypervisor.insert_pgpu(life.choose(_pulled(life)))
    _happened(life)


def _types(life):
    return sorted(life.host.hardware.cards.types)


def _pgpu(life):
    """One, or all as None."""
    return life.choose([None, *sorted(_all_pgpus(life))])


@event(ends=('done', 'refused'))
def type_is_disabled(life):
    identifier, pgpu = life.choose(_types(life)), _pgpu(life)
    try:
        life.host.hypervisor.disable_type(identifier, pgpu)
    except fake_hardware.Refused:
        return 'refused'
    _happened(life)
    return 'done'


@event()
def type_is_enabled(life):
    identifier, pgpu = life.choose(_types(life)), _pgpu(life)
    life.host.hypervisor.enable_type(identifier, pgpu)
    _happened(life)


@event()
def type_is_renamed(life):
    """To what it was called first, or to something else."""
    identifier = life.choose(_types(life))
    first = life.host.hardware.cards.types[identifier].name
    name = life.choose([first, first, f'New {identifier}'])
    life.host.hypervisor.rename_type(identifier, name)
    _happened(life)


def _vms(life):
    return [
        server
        for server in life.servers
        if life.vm(server) is not None
        and life.vm(server).state in fake_state.HOLDING
    ]


@event(when=_vms)
def vm_crashes(life):
    life.host.hypervisor.crash_vm(life.choose(_vms(life)).uuid)
    _happened(life)


@event()
def hypervisor_reboots(life):
    life.host.hypervisor.wipe()
    _happened(life)
