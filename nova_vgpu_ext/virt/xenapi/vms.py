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


"""Instances as VMs: finding, making, starting, stopping and removing them."""

from nova import exception
from nova.compute import power_state
from oslo_log import log as logging

from nova_vgpu_ext.virt.xenapi import errors
from nova_vgpu_ext.virt.xenapi import marks
from nova_vgpu_ext.virt.xenapi import session as xen_session

LOG = logging.getLogger(__name__)

HALTED = 'Halted'
RUNNING = 'Running'
PAUSED = 'Paused'
SUSPENDED = 'Suspended'

POWER_STATES = {
    HALTED: power_state.SHUTDOWN,
    RUNNING: power_state.RUNNING,
    PAUSED: power_state.PAUSED,
    SUSPENDED: power_state.SUSPENDED,
}


class VMs:
    """The VMs of one host's instances.

    :param session: session.Session
    :param host: hosts.Host
    """

    def __init__(self, session, host):
        self._session = session
        self._host = host

    # Finding

    def all(self):
        """{instance uuid: record} of Nova's VMs on this host."""
        records = self._session.call(
            'VM.get_all_records_where', 'field "is_a_template" = "false"'
        )
        return {
            marks.owner(vm): vm for vm in records.values() if self._is_ours(vm)
        }

    def _is_ours(self, vm):
        here = vm['other_config'].get(marks.HOST) == self._host.uuid
        return here and marks.owner(vm) is not None

    def find_all(self, instance):
        """{reference: record} of an instance's VMs; usually one.

        A creation whose answer was lost may have left one more.
        """
        records = self._session.call(
            'VM.get_all_records_where',
            f'field "name__label" = "{instance.name}"',
        )
        return {
            ref: vm
            for ref, vm in records.items()
            if self._is_ours(vm) and marks.owner(vm) == instance.uuid
        }

    def find(self, instance):
        """(reference, record) of an instance's VM.

        :raises InstanceNotFound: if there is none
        """
        for found in self.find_all(instance).items():
            return found
        raise exception.InstanceNotFound(instance_id=instance.uuid)

    # Making and removing

    def create(self, instance, record):
        """:returns: reference of a new VM"""
        return self._session.call('VM.create', record)

    def remove(self, instance):
        """Stop and remove an instance's VM, if there is one.

        Its VBDs, VIFs and VGPUs go with it; its disks stay.
        """
        for ref in self.find_all(instance):
            try:
                self.halt(ref)
            except errors.Refused as error:
                if error.refusal != xen_session.GONE:
                    raise
            self._session.remove('VM.destroy', ref)

    # Starting and stopping

    def start(self, ref, paused=False):
        """Start a halted VM on this host.

        :raises Refused: if XenServer doesn't
        """
        try:
            self._session.call(
                'VM.start_on', ref, self._host.ref, paused, False
            )
        except errors.ConnectionBroke:
            # It may have started all the same, or be about to.
            if self._settled(ref) not in (RUNNING, PAUSED):
                raise

    def _settled(self, ref):
        """The power state once nothing goes on any more."""
        for wait in self._pauses():
            vm = self._session.call('VM.get_record', ref)
            if not vm['current_operations'] or not wait():
                return vm['power_state']

    def halt(self, ref):
        """Stop a VM at once, whatever it does.

        :raises Refused: if XenServer doesn't in time
        """
        for wait in self._pauses():
            vm = self._session.call('VM.get_record', ref)
            if vm['power_state'] == HALTED and not vm['current_operations']:
                return
            try:
                self._session.call('VM.hard_shutdown', ref)
            except errors.ConnectionBroke:
                if not wait():
                    raise
            except errors.Refused as error:
                if error.refusal not in xen_session.BUSY or not wait():
                    raise

    def shut_down(self, ref, timeout):
        """Ask the guest to shut down; don't insist.

        :param timeout: seconds that it has
        """
        try:
            self._session.call('VM.clean_shutdown', ref, timeout=timeout)
        except (errors.Refused, errors.ConnectionBroke) as error:
            LOG.info('The guest does not shut down by itself: %s', error)

    def reboot(self, ref):
        """Ask the guest to reboot.

        :returns: whether it did, in the time that any call has
        """
        try:
            self._session.call('VM.clean_reboot', ref)
        except (errors.Refused, errors.ConnectionBroke) as error:
            LOG.info('The guest does not reboot by itself: %s', error)
            return False
        return True

    def _pauses(self):
        # One call may take all of the time that one has.
        seconds = 2 * self._session.settings.running_timeout
        return xen_session.Pauses(seconds)
