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

"""Which fields of XAPI's classes are two sides of one link.

Those of all_relations in ocaml/idl/datamodel.ml that the simulator has
objects for. VGPU.scheduled_to_be_resident_on has no other side.
"""

import functools

_ONE_TO_MANY = (
    ('PBD.SR', 'SR.PBDs'),
    ('PBD.host', 'host.PBDs'),
    ('PCI.host', 'host.PCIs'),
    ('PCI.physical_function', 'PCI.virtual_functions'),
    ('PGPU.GPU_group', 'GPU_group.PGPUs'),
    ('PGPU.host', 'host.PGPUs'),
    ('PIF.host', 'host.PIFs'),
    ('PIF.network', 'network.PIFs'),
    ('VBD.VDI', 'VDI.VBDs'),
    ('VBD.VM', 'VM.VBDs'),
    ('VDI.SR', 'SR.VDIs'),
    ('VDI.snapshot_of', 'VDI.snapshots'),
    ('VGPU.GPU_group', 'GPU_group.VGPUs'),
    ('VGPU.VM', 'VM.VGPUs'),
    ('VGPU.resident_on', 'PGPU.resident_VGPUs'),
    ('VGPU.type', 'VGPU_type.VGPUs'),
    ('VIF.VM', 'VM.VIFs'),
    ('VIF.network', 'network.VIFs'),
    ('VM.parent', 'VM.children'),
    ('VM.resident_on', 'host.resident_VMs'),
    ('VM.snapshot_of', 'VM.snapshots'),
    ('console.VM', 'VM.consoles'),
    ('host_cpu.host', 'host.host_CPUs'),
    ('task.session', 'session.tasks'),
    ('task.subtask_of', 'task.subtasks'),
)
_MANY_TO_MANY = (
    ('GPU_group.enabled_VGPU_types', 'VGPU_type.enabled_on_GPU_groups'),
    ('GPU_group.supported_VGPU_types', 'VGPU_type.supported_on_GPU_groups'),
    ('PGPU.enabled_VGPU_types', 'VGPU_type.enabled_on_PGPUs'),
    ('PGPU.supported_VGPU_types', 'VGPU_type.supported_on_PGPUs'),
    ('VM.attached_PCIs', 'PCI.attached_VMs'),
)


def of(table):
    """{field: (table, field) of the other side} for fields of a table."""
    return _all().get(table, {})


@functools.cache
def _all():
    found = {}
    for here, there in _ONE_TO_MANY + _MANY_TO_MANY:
        _add(found, here, there)
    for here, there in _MANY_TO_MANY:
        _add(found, there, here)
    return found


def _add(found, here, there):
    table, field = here.split('.')
    found.setdefault(table, {})[field] = tuple(there.split('.'))
