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

"""What is in Nova's database: flavors, instances, migrations."""

from nova import objects
from nova.compute import vm_states
from oslo_utils import uuidutils

ELSEWHERE = 'elsewhere'
IMAGE = objects.ImageMeta.from_dict({})
_PARTS = [
    'flavor',
    'migration_context',
    'numa_topology',
    'pci_devices',
    'pci_requests',
    'resources',
    'system_metadata',
]


def flavor(number, counts):
    """A flavor with vGPUs, {model's name: count}."""
    return objects.Flavor(
        id=number,
        name=f'flavor-{number}',
        flavorid=str(number),
        memory_mb=64,
        vcpus=1,
        root_gb=1,
        ephemeral_gb=0,
        swap=0,
        rxtx_factor=1.0,
        vcpu_weight=0,
        disabled=False,
        is_public=True,
        extra_specs={f'vgpus:{m}': str(n) for m, n in counts.items()},
    )


def new_instance(
    context, uuid, flavor, host=None, vm_state=vm_states.BUILDING
):
    """Make an instance."""
    instance = objects.Instance(
        context,
        uuid=uuid,
        user_id='user',
        project_id='project',
        image_ref=uuidutils.generate_uuid(),
        host=host,
        node=host,
        compute_id=host and 0,
        vm_state=vm_state,
        flavor=flavor,
        instance_type_id=flavor.id,
        memory_mb=flavor.memory_mb,
        vcpus=flavor.vcpus,
        root_gb=flavor.root_gb,
        ephemeral_gb=flavor.ephemeral_gb,
        system_metadata={},
        pci_requests=objects.InstancePCIRequests(requests=[]),
    )
    instance.create()


def instance(context, uuid):
    return objects.Instance.get_by_uuid(context, uuid, expected_attrs=_PARTS)


def keep(instance, **values):
    """Change fields of an instance, and save it."""
    for name, value in values.items():
        setattr(instance, name, value)
    instance.save()


def new_migration(context, instance, kind, to=None, flavor=None):
    """The record that the conductor makes of a move."""
    migration = objects.Migration(
        context,
        instance_uuid=instance.uuid,
        migration_type=kind,
        status='accepted',
        source_compute=instance.host,
        source_node=instance.host,
        dest_compute=to,
        dest_node=to,
        dest_compute_id=to and 0,
        old_instance_type_id=instance.flavor.id,
        new_instance_type_id=(flavor or instance.flavor).id,
    )
    migration.create()
    return migration


def context_of(instance, migration):
    """The MigrationContext that another host's claim makes."""
    nothing = objects.InstancePCIRequests(requests=[])
    return objects.MigrationContext(
        instance_uuid=instance.uuid,
        migration_id=migration.id,
        old_numa_topology=None,
        new_numa_topology=None,
        old_pci_devices=objects.PciDeviceList(objects=[]),
        new_pci_devices=objects.PciDeviceList(objects=[]),
        old_pci_requests=nothing,
        new_pci_requests=nothing,
        old_resources=None,
        new_resources=None,
    )


def set_flavor(instance, flavor):
    """As ComputeManager._set_instance_info."""
    instance.instance_type_id = flavor.id
    instance.flavor = flavor


def move(instance, host, compute_id=0):
    """Note in which host's hands an instance is.

    :param compute_id: of its compute node; other hosts have none here
    """
    instance.host = instance.node = host
    instance.compute_id = host and compute_id
