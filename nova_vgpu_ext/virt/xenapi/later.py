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


"""What the driver can't do yet, said in one sentence before it changes
anything.
"""

from nova import exception
from nova.compute import task_states
from oslo_log import log as logging

from nova_vgpu_ext.virt.xenapi import errors

LOG = logging.getLogger(__name__)


def _not_yet(what):
    def refuse(self, *args, **kwargs):
        raise errors.NotYet(what=what)

    return refuse


class LaterMixin:
    """The part of XenAPIDriver that isn't there.

    These come first where Nova does such things. What would come after them,
    as a resume after a suspend, or what Nova refuses by itself, such as
    interfaces attached to a driver without that capability, is not here.
    """

    suspend = _not_yet('suspend instances')
    migrate_disk_and_power_off = _not_yet('resize or migrate instances')
    get_volume_connector = _not_yet('attach volumes')
    detach_interface = _not_yet('detach network interfaces')
    get_console_output = _not_yet('read the output of a console')
    get_diagnostics = _not_yet('tell diagnostics')
    get_instance_diagnostics = get_diagnostics
    set_admin_password = _not_yet('set passwords')
    trigger_crash_dump = _not_yet('trigger crash dumps')
    inject_network_info = _not_yet('inject network settings')
    host_power_action = _not_yet('switch hosts on or off')
    host_maintenance_mode = _not_yet('bring hosts into maintenance')
    # Of an evacuation, this is the first that Nova asks a driver.
    instance_on_disk = _not_yet('evacuate instances')

    def snapshot(self, context, instance, image_id, update_task_state):
        error = errors.NotYet(what='make images of instances')
        # From release 34 on, Nova asks in a thread, and tells nobody.
        LOG.error(error.format_message(), instance=instance)
        raise error

    def check_can_live_migrate_destination(
        self,
        context,
        instance,
        src_compute_info,
        dst_compute_info,
        block_migration=False,
        disk_over_commit=False,
    ):
        # Of all errors, Nova takes only this one to mean that the instance
        # is as it was.
        raise exception.MigrationPreCheckError(
            reason=errors.NotYet.msg_fmt % {'what': 'migrate live instances'}
        )


class ShelvingMixin:
    """Refuses to shelve before the instance is stopped for that."""

    def power_off(self, instance, timeout=0, retry_interval=0):
        if instance.task_state == task_states.SHELVING:
            raise errors.NotYet(what='shelve instances')
        super().power_off(instance, timeout, retry_interval)
