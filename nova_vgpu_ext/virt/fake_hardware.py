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

"""The hardware of the fake hypervisor's host, and its book-keeping."""

import collections
import dataclasses
import threading

from nova_vgpu_ext.virt import fake_state


class Refused(Exception):
    """The hypervisor doesn't do what it was asked to; one sentence."""


class FakeHardware:
    """The cards of one host, as they are today.

    May be used from several threads of one process at once.

    :param cards: fake_cards.HostCards
    :param path: of the file that keeps the state over restarts
    :raises InvalidStateFile: if the file can't be understood or written
    """

    def __init__(self, cards, path):
        self._cards = cards
        self._file = fake_state.StateFile(path)
        self._lock = threading.RLock()
        # Never changed in place, so readers need no lock.
        self._state = self._file.read()
        self._write({'event': 'connect'})  # and see that it can be written
        self._crash_where_gone()

    # What is there

    @property
    def types(self):
        """VGPUType of each type, under its name of today."""
        return tuple(
            dataclasses.replace(one, name=self.type_name(one.identifier))
            for one in self._cards.types.values()
        )

    @property
    def groups(self):
        """{group id: algorithm}"""
        return dict(self._cards.groups)

    @property
    def pgpus(self):
        """The PhysicalGPUs that are plugged in, with the types enabled."""
        state = self._state
        off = collections.defaultdict(set)
        for pgpu, identifier in state.disabled:
            off[pgpu].add(identifier)
        return tuple(
            dataclasses.replace(pgpu, types=pgpu.types - off[pgpu.id])
            for pgpu in self._cards.pgpus.values()
            if pgpu.id not in state.pulled
        )

    @property
    def vms(self):
        """{uuid: fake_state.VM}"""
        return dict(self._state.vms)

    def type_name(self, identifier):
        """The name of a type today."""
        return self._state.renamed.get(
            identifier, self._cards.types[identifier].name
        )

    def events(self):
        """All that ever happened here, as dicts, the oldest first."""
        return self._file.events()

    # What an administrator does

    def disable_type(self, identifier, pgpu=None):
        """Start no more vGPUs of a type, on one pGPU or on all.

        :raises Refused: if there is one on such a pGPU, as in XAPI
        """
        with self._lock:
            where = self._supporting(identifier, pgpu)
            users = [
                vm.name
                for vm in self._state.vms.values()
                if any((place, used) in where for used, place in vm.vgpus)
            ]
            if users:
                raise Refused(
                    f'Type {identifier!r} is in use by {", ".join(users)}.'
                )
            self._write(
                {'event': 'disable', 'type': identifier, 'pgpu': pgpu},
                disabled=self._state.disabled | where,
            )

    def enable_type(self, identifier, pgpu=None):
        """Undo disable_type."""
        with self._lock:
            where = self._supporting(identifier, pgpu)
            self._write(
                {'event': 'enable', 'type': identifier, 'pgpu': pgpu},
                disabled=self._state.disabled - where,
            )

    def pull_pgpu(self, pgpu):
        """Take a pGPU out. VMs that hold a vGPU of it crash."""
        with self._lock:
            pulled = self._state.pulled | {self._cards.pgpus[pgpu].id}
            self._write({'event': 'pull', 'pgpu': pgpu}, pulled=pulled)
            self._crash_where_gone()

    def insert_pgpu(self, pgpu):
        """Put a pGPU back that was pulled."""
        with self._lock:
            pulled = self._state.pulled - {self._cards.pgpus[pgpu].id}
            self._write({'event': 'insert', 'pgpu': pgpu}, pulled=pulled)

    def rename_type(self, identifier, name):
        """Give a type another name, as an update of drivers may."""
        with self._lock:
            renamed = {**self._state.renamed, identifier: name}
            self._write(
                {'event': 'rename', 'type': identifier, 'name': name},
                renamed=renamed,
            )

    def _supporting(self, identifier, pgpu):
        return frozenset(
            (one.id, identifier)
            for one in self._cards.pgpus.values()
            if identifier in one.types and pgpu in (None, one.id)
        )

    def _is_gone(self, identifier, pgpu):
        return (
            pgpu in self._state.pulled
            or pgpu not in self._cards.pgpus
            or identifier not in self._cards.pgpus[pgpu].types
        )

    def _crash_where_gone(self):
        for vm in self.vms.values():
            if any(self._is_gone(*vgpu) for vgpu in vm.vgpus):
                self._keep(
                    'crash',
                    dataclasses.replace(
                        vm, state=fake_state.CRASHED, vgpus=()
                    ),
                )

    # Keeping

    def _keep(self, event, vm):
        self._write(
            {'event': event, 'vm': vm.uuid, 'vgpus': vm.vgpus},
            vms={**self._state.vms, vm.uuid: vm},
        )

    def _write(self, event, **changes):
        state = dataclasses.replace(
            self._state, sequence=self._state.sequence + 1, **changes
        )
        self._file.write(state, event)
        self._state = state
