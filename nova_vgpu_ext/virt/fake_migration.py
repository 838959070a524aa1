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

"""What the fake driver does to move instances, or to change their flavor.

A cold migration stops the VM where it is and starts one at the destination.
During a live migration vGPUs are held on both hosts, as in XAPI.
"""

from nova_vgpu_ext import flavors
from nova_vgpu_ext.virt import fake_state
from nova_vgpu_ext.virt.fake_instances import nova_errors


class MigrationMixin:
    """The part of FakeDriver about resize and migration."""

    # Cold migration and resize; what isn't here is as in Nova's fake driver

    def migrate_disk_and_power_off(
        self,
        context,
        instance,
        dest,
        flavor,
        network_info,
        block_device_info=None,
        timeout=0,
        retry_interval=0,
    ):
        self.power_off(instance)

    def finish_revert_migration(
        self,
        context,
        instance,
        network_info,
        migration,
        block_device_info=None,
        power_on=True,
        share_info=None,
    ):
        self.spawn(
            context, instance, None, None, None, None, power_on=power_on
        )

    # Live migration

    def check_can_live_migrate_destination(
        self,
        context,
        instance,
        src_compute_info,
        dst_compute_info,
        block_migration=False,
        disk_over_commit=False,
    ):
        data = super().check_can_live_migrate_destination(
            context,
            instance,
            src_compute_info,
            dst_compute_info,
            block_migration,
            disk_over_commit,
        )
        # What isn't shared makes Nova clean up the destination on rollback.
        data.is_shared_instance_path = False
        if flavors.valid_request(instance.flavor):
            # Nova claims at the destination only if both sides say so. It
            # is about claims of any kind, in spite of the name.
            data.dst_supports_numa_live_migration = True
        return data

    def check_can_live_migrate_source(
        self, context, instance, dest_check_data, block_device_info=None
    ):
        if 'dst_supports_numa_live_migration' in dest_check_data:
            dest_check_data.src_supports_numa_live_migration = True
        return dest_check_data

    def pre_live_migration(
        self,
        context,
        instance,
        block_device_info,
        network_info,
        disk_info,
        migrate_data,
    ):
        self.start(instance, fake_state.INCOMING)
        return migrate_data

    def post_live_migration_at_destination(
        self,
        context,
        instance,
        network_info,
        block_migration=False,
        block_device_info=None,
    ):
        with nova_errors(instance):
            self.hypervisor.run_vm(instance.uuid)

    def post_live_migration(
        self, context, instance, block_device_info, migrate_data=None
    ):
        self.destroy(context, instance, None)

    def rollback_live_migration_at_destination(
        self,
        context,
        instance,
        network_info,
        block_device_info,
        destroy_disks=True,
        migrate_data=None,
    ):
        self._forget_incoming(instance.uuid)
        self.tell_stopped(instance)

    def forget_interrupted_migrations(self):
        """Live migrations don't survive a restart of nova-compute here."""
        for uuid in self.hypervisor.vms:
            self._forget_incoming(uuid)

    def _forget_incoming(self, uuid):
        vm = self.hypervisor.vms.get(uuid)
        if vm is not None and vm.state == fake_state.INCOMING:
            self.hypervisor.destroy_vm(uuid)
