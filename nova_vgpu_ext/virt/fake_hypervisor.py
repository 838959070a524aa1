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

"""A hypervisor without a machine, that treats vGPUs as XAPI does.

Its arithmetic is its own, on purpose: what the rest of this package
predicts is checked against it. The rules are those of xen-api's
ocaml/xapi/xapi_pgpu_helpers.ml and ocaml/xapi/vgpuops.ml. Left out is which
types XAPI lets one VM have together: any may be here.
"""

import dataclasses
import random

from nova_vgpu_ext.virt import fake_hardware
from nova_vgpu_ext.virt import fake_state
from nova_vgpu_ext.virt.fake_hardware import Refused


class NoRoom(Refused):
    """No pGPU of the group would take a vGPU of the type.

    :ivar name: of the type
    """

    def __init__(self, name, group):
        self.name = name
        super().__init__(f'No pGPU of {group!r} has room for a vGPU {name!r}.')


class NoSuchVM(Refused):
    """There is no VM with this uuid."""


def places_left(vgpu_type, size, placed):
    """How many vGPUs of a type a pGPU would take beside the placed ones.

    :param size: of the pGPU
    :param placed: VGPUType of each vGPU on it
    """
    if any(not _lists(running, vgpu_type) for running in placed):
        return 0
    if vgpu_type.passthrough:
        return 0 if placed else 1
    by_size = (size - sum(one.size for one in placed)) // vgpu_type.size
    return min(by_size, vgpu_type.limit - placed.count(vgpu_type))


def _lists(running, newcomer):
    """Is the newcomer in the running type's compatible_types_on_pgpu?"""
    if running.passthrough:
        return False
    return (
        newcomer.identifier == running.identifier
        or newcomer.identifier in running.mixes
    )


def _after_reboot(vm):
    if vm.state not in fake_state.HOLDING:
        return vm
    return dataclasses.replace(vm, state=fake_state.HALTED, vgpus=())


class FakeHypervisor(fake_hardware.FakeHardware):
    """One host: its cards and its VMs.

    May be used from several threads of one process at once.

    :param cards: fake_cards.HostCards
    :param path: of the file that keeps the state over restarts
    :param seed: picks among pGPUs that XAPI's rules leave equal
    :raises InvalidStateFile: if the file can't be understood
    """

    def __init__(self, cards, path, seed=0):
        super().__init__(cards, path)
        self.random = random.Random(seed)

    def vm(self, uuid):
        """:raises NoSuchVM: if there is none"""
        try:
            return self._state.vms[uuid]
        except KeyError:
            raise NoSuchVM(f'There is no VM {uuid}.') from None

    def start_vm(
        self, uuid, vgpus=(), name='', foreign=False, state=fake_state.RUNNING
    ):
        """Start a VM, which is made unless it is there.

        :param vgpus: (type identifier, group id) of each, in device order
        :param state: RUNNING, or INCOMING for a live migration
        :raises NoRoom: if one of them finds no place; nothing has changed
        :raises Refused: if the VM has been started already
        """
        with self._lock:
            vm = self._not_started(uuid, name, foreign)
            held = self._place(vgpus)
            self._keep(
                'start', dataclasses.replace(vm, state=state, vgpus=held)
            )

    def create_vm(self, uuid, name='', foreign=False):
        """Make a VM that isn't started, unless it is there.

        :raises Refused: if it has been started already
        """
        with self._lock:
            self._keep('create', self._not_started(uuid, name, foreign))

    def _not_started(self, uuid, name, foreign):
        vm = self._state.vms.get(uuid) or fake_state.VM(
            uuid, name or uuid, fake_state.HALTED, foreign
        )
        if vm.state in fake_state.HOLDING:
            raise Refused(f'VM {uuid} is {vm.state} already.')
        return vm

    def stop_vm(self, uuid):
        """Shut a VM down; it lets go of its vGPUs."""
        self._move('stop', uuid, fake_state.HALTED)

    def suspend_vm(self, uuid):
        """Suspend a VM to disk; it lets go of its vGPUs."""
        self._move('suspend', uuid, fake_state.SUSPENDED)

    def crash_vm(self, uuid):
        """Let a VM crash; it lets go of its vGPUs."""
        self._move('crash', uuid, fake_state.CRASHED)

    def pause_vm(self, uuid):
        """Pause a running VM, which keeps its vGPUs."""
        self._move('pause', uuid, fake_state.PAUSED)

    def run_vm(self, uuid):
        """Let a paused VM, or one that has arrived, run on."""
        self._move('run', uuid, fake_state.RUNNING)

    def destroy_vm(self, uuid):
        """Remove a VM.

        :raises NoSuchVM: if there is none
        """
        with self._lock:
            self.vm(uuid)
            vms = {**self._state.vms}
            del vms[uuid]
            self._write({'event': 'destroy', 'vm': uuid}, vms=vms)

    def wipe(self):
        """Reboot the host: no VM runs any more, all are still there."""
        with self._lock:
            vms = {
                uuid: _after_reboot(vm)
                for uuid, vm in self._state.vms.items()
                if vm.state != fake_state.INCOMING
            }
            self._write({'event': 'wipe'}, vms=vms)

    def _move(self, event, uuid, state):
        with self._lock:
            vm = self.vm(uuid)
            holding = vm.state in fake_state.HOLDING
            if state in fake_state.HOLDING and not holding:
                raise Refused(f'VM {uuid} is {vm.state}, not started.')
            vgpus = vm.vgpus if state in fake_state.HOLDING else ()
            self._keep(
                event, dataclasses.replace(vm, state=state, vgpus=vgpus)
            )

    # Placing

    def _place(self, vgpus):
        held = []
        for identifier, group in vgpus:
            held.append((identifier, self._choose(identifier, group, held)))
        return tuple(held)

    def _choose(self, identifier, group, held):
        """The pGPU for one vGPU, XAPI's way."""
        if identifier not in self._cards.types:
            raise Refused(f'There is no vGPU type {identifier!r}.')
        vgpu_type = self._cards.types[identifier]
        left = {
            pgpu.id: places_left(vgpu_type, pgpu.size, self._on(pgpu, held))
            for pgpu in self.pgpus
            if pgpu.group == group and identifier in pgpu.types
        }
        candidates = [pgpu for pgpu in left if left[pgpu] > 0]
        if not candidates:
            raise NoRoom(self.type_name(identifier), group)
        # XAPI's sort is stable, over a set without an order to rely on.
        self.random.shuffle(candidates)
        candidates.sort(
            key=left.get, reverse=self._cards.groups[group] == 'breadth_first'
        )
        return candidates[0]

    def _on(self, pgpu, held):
        """VGPUType of each vGPU on a pGPU, those of a starting VM too."""
        placed = list(held)
        for vm in self._state.vms.values():
            placed.extend(vm.vgpus)
        return [
            self._cards.types[identifier]
            for identifier, where in placed
            if where == pgpu.id
        ]
