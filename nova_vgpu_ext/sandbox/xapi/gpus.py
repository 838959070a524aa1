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

"""The calls of PGPU and GPU_group (xapi_pgpu.ml, xapi_gpu_group.ml)."""

from nova_vgpu_ext.sandbox.xapi import gpu_room
from nova_vgpu_ext.sandbox.xapi import handlers
from nova_vgpu_ext.sandbox.xapi.failure import Failure


def update_types(db, group):
    """Bring a group's sets of types up to those of its pGPUs."""
    if not db.has('GPU_group', group):
        return
    pgpus = db.row('GPU_group', group)['PGPUs']
    for name in ('supported_VGPU_types', 'enabled_VGPU_types'):
        union = {}
        for pgpu in pgpus:
            union.update(dict.fromkeys(db.row('PGPU', pgpu)[name]))
        db.write('GPU_group', group, **{name: list(union)})


def card_type(db, pgpu):
    """A pGPU's kind of card, as GPU_group.GPU_types has it."""
    pci = db.row('PCI', db.row('PGPU', pgpu)['PCI'])
    return f'{pci["vendor_id"]}/{pci["device_id"]}'


class PGPU(handlers.Handlers):
    """The calls of class PGPU."""

    def get_remaining_capacity(self, call, pgpu, vgpu_type):
        return gpu_room.places(self.db, pgpu, vgpu_type)

    def add_enabled_VGPU_types(self, call, pgpu, vgpu_type):
        enabled = self.db.row('PGPU', pgpu)['enabled_VGPU_types']
        self._check_supported(pgpu, [vgpu_type])
        if vgpu_type not in enabled:
            self._enable(pgpu, [*enabled, vgpu_type])

    def remove_enabled_VGPU_types(self, call, pgpu, vgpu_type):
        enabled = self.db.row('PGPU', pgpu)['enabled_VGPU_types']
        self._check_unused(pgpu, [vgpu_type])
        self._enable(pgpu, [one for one in enabled if one != vgpu_type])

    def set_enabled_VGPU_types(self, call, pgpu, vgpu_types):
        enabled = self.db.row('PGPU', pgpu)['enabled_VGPU_types']
        self._check_supported(pgpu, vgpu_types)
        self._check_unused(pgpu, set(enabled) - set(vgpu_types))
        self._enable(pgpu, vgpu_types)

    def set_GPU_group(self, call, pgpu, group):
        row = self.db.row('PGPU', pgpu)
        if row['resident_VGPUs']:
            raise _in_use(self.db, row['resident_VGPUs'])
        self._check_card(pgpu, group)
        old = row['GPU_group']
        self.db.write('PGPU', pgpu, GPU_group=group)
        update_types(self.db, old)
        update_types(self.db, group)

    def _check_supported(self, pgpu, vgpu_types):
        supported = self.db.row('PGPU', pgpu)['supported_VGPU_types']
        for vgpu_type in vgpu_types:
            if vgpu_type not in supported:
                raise Failure('VGPU_TYPE_NOT_SUPPORTED', vgpu_type, *supported)

    def _check_unused(self, pgpu, vgpu_types):
        users = [
            vgpu
            for vgpu in self.db.row('PGPU', pgpu)['resident_VGPUs']
            if self.db.row('VGPU', vgpu)['type'] in vgpu_types
        ]
        if users:
            raise _in_use(self.db, users)

    def _enable(self, pgpu, vgpu_types):
        self.db.write('PGPU', pgpu, enabled_VGPU_types=list(vgpu_types))
        update_types(self.db, self.db.row('PGPU', pgpu)['GPU_group'])

    def _check_card(self, pgpu, group):
        row = self.db.row('GPU_group', group)
        kind = card_type(self.db, pgpu)
        if not row['PGPUs']:
            self.db.write('GPU_group', group, GPU_types=[kind])
        elif kind not in row['GPU_types']:
            raise Failure(
                'PGPU_NOT_COMPATIBLE_WITH_GPU_GROUP',
                kind,
                f'[{", ".join(row["GPU_types"])}]',
            )


def _in_use(db, vgpus):
    vms = dict.fromkeys(db.row('VGPU', vgpu)['VM'] for vgpu in vgpus)
    return Failure('PGPU_IN_USE_BY_VM', *vms)


class GPUGroup(handlers.Handlers):
    """The calls of class GPU_group."""

    def create(self, call, name_label, name_description, other_config):
        return self.db.create(
            'GPU_group',
            name_label=name_label,
            name_description=name_description,
            other_config=other_config,
        )

    def destroy(self, call, group):
        row = self.db.row('GPU_group', group)
        attached = [
            vgpu
            for vgpu in row['VGPUs']
            if self.db.row('VGPU', vgpu)['currently_attached']
        ]
        if attached:
            raise Failure('GPU_GROUP_CONTAINS_VGPU', *attached)
        if row['PGPUs']:
            raise Failure('GPU_GROUP_CONTAINS_PGPU', *row['PGPUs'])
        for vgpu in row['VGPUs']:
            self.db.destroy('VGPU', vgpu)
        self.db.destroy('GPU_group', group)

    def get_remaining_capacity(self, call, group, vgpu_type):
        pgpus = self.db.row('GPU_group', group)['PGPUs']
        return gpu_room.places_of_all(self.db, pgpus, vgpu_type)
