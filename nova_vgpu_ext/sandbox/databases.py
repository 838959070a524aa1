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

"""The schemas of Nova's databases, and the map of its cells."""

import uuid

from nova import context as nova_context
from nova import exception
from nova import objects
from nova.db import migration
from nova.objects import host_mapping

from nova_vgpu_ext.db import migration as vgpu_migration

CELL1_UUID = str(uuid.UUID('9a6c1c43-6a9c-4f4b-9f5e-0a1d63a1b001'))


def prepare(layout):
    """Bring all schemas up to date, and map both cells to their files."""
    migration.db_sync(database='api')
    context = nova_context.get_admin_context()
    cell0 = objects.CellMapping.CELL0_UUID
    for cell in (
        _mapped(context, cell0, 'cell0', 'none:///', layout),
        _mapped(context, CELL1_UUID, 'cell1', 'fake://', layout),
    ):
        with nova_context.target_cell(context, cell) as targeted:
            migration.db_sync(database='main', context=targeted)
            vgpu_migration.db_sync(targeted)


def _mapped(context, cell_uuid, name, transport, layout):
    """The mapping of a cell, made at the first start.

    At a later one the directory may have been moved.
    """
    url = layout.database(name)
    try:
        cell = objects.CellMapping.get_by_uuid(context, cell_uuid)
    except exception.CellMappingNotFound:
        cell = objects.CellMapping(
            context,
            uuid=cell_uuid,
            name=name,
            transport_url=transport,
            database_connection=url,
        )
        cell.create()
    if cell.database_connection != url:
        cell.database_connection = url
        cell.save()
    return cell


def discover_hosts():
    """Map the computes that have come since the last start."""
    host_mapping.discover_hosts(nova_context.get_admin_context())
