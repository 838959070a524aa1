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


"""From XAPI's records to the books of one host."""

import typing

from nova_vgpu_ext import capacity
from nova_vgpu_ext.virt import inventory
from nova_vgpu_ext.virt.xenapi import gpu_models
from nova_vgpu_ext.virt.xenapi import marks


class Records(typing.NamedTuple):
    """What XAPI says, each a dict of records by reference.

    :ivar pgpus: those of this host
    :ivar vgpus: of the whole pool
    :ivar types: of class VGPU_type
    :ivar groups: of class GPU_group
    :ivar pcis: those of this host, at least
    :ivar vms: those that run here or are about to, at least
    """

    pgpus: dict
    vgpus: dict
    types: dict
    groups: dict
    pcis: dict
    vms: dict


class Allowed(typing.NamedTuple):
    """What the pool's licence, its release and the host let VMs have.

    :ivar functions: types that give a PCI function to the VM: whole GPUs,
        and vGPUs by SR-IOV
    """

    virtual: bool = True
    passthrough: bool = True
    functions: bool = True


def host_vgpus(records, allowed, **settings):
    """The HostVGPUs without claims; None for a host without GPUs.

    :param settings: the operator's, see inventory.host_vgpus
    :raises InvalidVGPUs: if XAPI contradicts itself
    """
    host = _Host(records)
    if not host.pgpus:
        return None
    residents = [*host.placed(), *host.given_away()]
    pgpus = host.offering(allowed)
    used = {pgpu.group for pgpu in pgpus}
    groups = [
        capacity.Group(record['uuid'], _algorithm(record))
        for record in records.groups.values()
        if record['uuid'] in used
    ]
    models = [_among(model, host.models) for model in host.models.values()]
    return inventory.host_vgpus(
        models, groups, pgpus, residents, _running(records.vms), **settings
    )


def _among(model, models):
    """The model without companions that no GPU of this host has."""
    companions = model.companions.intersection(models)
    return model._replace(companions=companions)


def _running(vms):
    """uuids of Nova's instances whose VMs run."""
    for record in vms.values():
        owner = marks.owner(record)
        if owner and record['power_state'] in ('Running', 'Paused'):
            yield owner


def _algorithm(group):
    # Before XenServer 6.2 SP1, XAPI took the first pGPU that was free.
    return group.get('allocation_algorithm', 'depth_first')


class _Host:
    """The GPUs of one host.

    :ivar pgpus: {reference: record} of those that VMs can have
    :ivar models: {identifier: Model} of what was met so far
    """

    def __init__(self, records):
        self._records = records
        self.pgpus = {
            ref: record
            for ref, record in records.pgpus.items()
            if record['GPU_group'] in records.groups
            and record['PCI'] in records.pcis
        }
        self.models = {}
        self._limits = {}
        for record in self.pgpus.values():
            self._limits.update(_limits(record))

    def offering(self, allowed):
        """The capacity.PGPUs with what can be started on them."""
        return [
            capacity.PGPU(
                record['uuid'],
                self._records.groups[record['GPU_group']]['uuid'],
                gpu_models.SIZE,
                frozenset(self._offered(record, allowed)),
            )
            for record in self.pgpus.values()
        ]

    def _offered(self, pgpu, allowed):
        # Before XenServer 6.2 SP1 there were no types, and every pGPU could
        # be given away.
        for ref in pgpu.get('enabled_VGPU_types', [gpu_models.NULL]):
            vgpu_type = self._records.types.get(ref)
            if gpu_models.is_function(vgpu_type) and not allowed.functions:
                continue
            passthrough = gpu_models.is_passthrough(vgpu_type)
            if passthrough and allowed.passthrough:
                yield self._model(pgpu, None)
            if not passthrough and allowed.virtual and ref in self._limits:
                yield self._model(pgpu, ref)

    def _model(self, pgpu, type_ref):
        """The identifier of a type on a pGPU, whose model is remembered."""
        vgpu_type = self._records.types.get(type_ref)
        if gpu_models.is_passthrough(vgpu_type):
            model = gpu_models.whole(self._records.pcis[pgpu['PCI']])
        else:
            # What runs although no pGPU supports it any more must be taken
            # to fill its pGPU.
            limit = self._limits.get(type_ref, 1)
            types = self._records.types
            model = gpu_models.virtual(vgpu_type, limit, types)
        return self.models.setdefault(model.identifier, model).identifier

    def placed(self):
        """A capacity.Resident for each vGPU that has a pGPU of this host.

        One that comes by live migration has one here before it runs here.
        """
        for vgpu in self._records.vgpus.values():
            for ref in _places(vgpu):
                if ref in self.pgpus:
                    type_ref = vgpu.get('type', gpu_models.NULL)
                    yield self._resident(ref, type_ref, vgpu['VM'])

    def given_away(self):
        """Residents that are plain PCI devices, without a VGPU object."""
        by_pci = {pgpu['PCI']: ref for ref, pgpu in self.pgpus.items()}
        by_vgpu = {
            (vgpu['VM'], ref)
            for vgpu in self._records.vgpus.values()
            for ref in _places(vgpu)
        }
        for vm, record in self._records.vms.items():
            for pci in record.get('attached_PCIs', ()):
                ref = by_pci.get(pci)
                if ref and (vm, ref) not in by_vgpu:
                    yield self._resident(ref, None, vm)

    def _resident(self, pgpu_ref, type_ref, vm):
        pgpu = self.pgpus[pgpu_ref]
        identifier = self._model(pgpu, type_ref)
        record = self._records.vms.get(vm)
        if record is None:  # it has just gone, or come
            return capacity.Resident(pgpu['uuid'], identifier)
        owner = marks.owner(record)
        name = record['name_label']
        return capacity.Resident(pgpu['uuid'], identifier, owner, name)


def _limits(pgpu):
    """{reference of a type: most vGPUs of it on the pGPU}

    The same on each pGPU that supports it, as all have the same size.
    """
    given = pgpu.get('supported_VGPU_max_capacities', {})
    return {ref: int(limit) for ref, limit in given.items() if int(limit) > 0}


def _places(vgpu):
    """References of the pGPUs on which a vGPU counts."""
    fields = ('resident_on', 'scheduled_to_be_resident_on')
    return {vgpu[field] for field in fields if field in vgpu} - {
        gpu_models.NULL
    }
