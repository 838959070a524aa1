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

"""One running cloud, in which one case is played after the other."""

import contextlib
import dataclasses
import time
from unittest import mock

from nova import context
from nova import exception
from nova import objects
from nova.compute import vm_states
from nova.db.main import api as main_db
from oslo_utils import units

from nova_vgpu_ext.virt.xenapi import session
from tests.faults import kinds
from tests.functional.xenapi import base

CONNECTIONS = 3
_LONG = 120  # seconds, by which everything must have come to an end
_POLL = 0.05


def _make_drive(builder, path, directory):
    """As if there were a program that makes ISO images."""
    with open(path, 'wb') as drive:
        drive.write(bytes(units.Mi))


def _are_busy(vm_state, task_state):
    return vm_state == vm_states.BUILDING or task_state is not None


class Cloud(base.XenServerTestCase):
    """Has one host, and one server at a time.

    :ivar server: its id
    :ivar is_ready: whether it is as after its spawn
    """

    def start(self):
        """Let the cloud run."""
        self.flags(shutdown_timeout=kinds.IMPATIENT)
        self._patch(
            'nova.virt.configdrive.ConfigDriveBuilder._make_iso9660',
            _make_drive,
        )
        self._patch(f'{session.__name__}._FIRST_PAUSE', 0.02)
        self._patch(f'{session.__name__}._LATE', 0.3)
        self.start_host(connection_concurrent=CONNECTIONS)
        self.faults = self.simulator.faults
        self.rescue_image = self.make_image(bytes(units.Mi))
        self.gpu = self.flavor({f'vgpus:{base.K260Q}': '1'})
        self.server = None
        self.is_ready = False
        self._is_there = False
        self._lost = 0

    def _patch(self, *args):
        patched = mock.patch(*args)
        patched.start()
        self.addCleanup(patched.stop)

    @contextlib.contextmanager
    def patience(self, seconds):
        """Let calls take so long at most."""
        xen = self.driver().session
        usual = xen.settings
        self._set(xen, dataclasses.replace(usual, running_timeout=seconds))
        yield
        self._set(xen, usual)

    def _set(self, xen, settings):
        for one in (xen, *xen._connections):
            name = 'settings' if one is xen else '_settings'
            setattr(one, name, settings)

    # What users ask for

    def ask(self, action, arguments=None):
        self.api.post_server_action(self.server, {action: arguments})

    def ask_for_server(self):
        body = self._build_server(
            flavor_id=self.gpu,
            image_uuid=self.image,
            networks=[{'port': self.neutron.port_1['id']}],
        )
        body['config_drive'] = True
        self._is_there = False
        self.server = self.api.post_server({'server': body})['id']

    def ask_for_deletion(self):
        self.api.delete_server(self.server)

    # What becomes of it

    def instance(self):
        """The server's instance, None if it is deleted."""
        try:
            return objects.Instance.get_by_uuid(self.ctxt, self.server)
        except exception.InstanceNotFound:
            return None

    def wait(self):
        """Until the instance has a lasting state, which is given back."""
        self._until(self._is_settled)
        found = self.instance()
        return None if found is None else found.vm_state

    def _is_settled(self):
        found = self._states()
        self._is_there |= found is not None
        if not self._is_there or (found and _are_busy(*found)):
            return False
        events = self.events()
        # Without a host, the API itself deletes, which is no event.
        begun = events if found else events is not None
        return begun and all(event.finish_time for event in events)

    def _states(self):
        """(vm_state, task_state), read in the cheapest way."""
        with main_db.get_engine(context=self.ctxt).connect() as connection:
            return connection.exec_driver_sql(
                'SELECT vm_state, task_state FROM instances '
                'WHERE uuid = ? AND deleted = 0',
                (self.server,),
            ).first()

    def events(self):
        """What Nova notes of the last thing that was asked for.

        None as long as it hasn't begun to.
        """
        whole = context.get_admin_context(read_deleted='yes')
        actions = objects.InstanceActionList.get_by_instance_uuid(
            whole, self.server
        )
        if not actions:
            return None
        return objects.InstanceActionEventList.get_by_action(
            whole, actions[0].id
        )

    def has_done_well(self):
        """Whether Nova takes the last thing that was asked for as done."""
        return not any(event.result == 'Error' for event in self.events())

    def told(self):
        """What users can read of what went wrong."""
        texts = [e.details for e in self.events() or () if e.details]
        if self.instance() is not None and not self.has_done_well():
            fault = self.api.get_server(self.server).get('fault')
            texts += [fault['message']] if fault else []
        return texts

    # What is there

    def wanted(self):
        """References of the group and the type of the server's vGPU."""
        (group,) = self.rows('GPU_group')
        (kind,) = (
            ref
            for ref, row in self.rows('VGPU_type').items()
            if row['model_name'] == base.K260Q
        )
        return group, kind

    def lost_sessions(self):
        """How many logins there were whose answer did not arrive."""
        self._lost += sum(
            call.outcome == 'dropped' and '.login' in call.method
            for call in self.simulator.calls
        )
        self.simulator.calls.clear()
        return self._lost

    def secrets_logged(self):
        """A sentence if a secret is in the log; the end shows the rest."""
        text = '\n'.join(self.log.lines)
        if any(secret in text for secret in (base.PASSWORD, *self.secrets)):
            yield 'a secret was logged'

    def begin(self):
        """Forget what was logged and called up to now."""
        self.log.forget()
        self.lost_sessions()

    def settle(self):
        """Let all faults be over, and the periodic run come."""
        self.faults.clear()
        self._until(lambda: not self.simulator.calls.going_on)
        self.audit()

    def _until(self, holds):
        deadline = time.monotonic() + _LONG
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f'{self.server} does not settle')
            time.sleep(_POLL)
