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

"""One nova-compute: driver, resource tracker, and their audits."""

import threading
from unittest import mock

from nova import context as nova_context
from nova import objects
from nova.compute import resource_tracker as nova_tracker

from nova_vgpu_ext.virt import fake
from tests.life import placement

_PATIENCE = 60  # seconds


class Abandoned(Exception):
    """The process that made an audit ended."""


class Host:
    """A compute host, up and running.

    :ivar outside: how many events there were that Nova hasn't caused
    :ivar seen: after how many of them the last audit's snapshot was taken
    """

    def __init__(self, name, hardware):
        self.name = name
        self.hardware = hardware
        self.context = nova_context.get_admin_context()
        self.service = objects.Service(
            self.context, host=name, binary='nova-compute', topic='compute'
        )
        self.service.create()
        self.placement = placement.Placement()
        self.outside = self.seen = 0
        self.slow_audit = None
        self.open_driver()
        self.open_tracker()

    def open_driver(self):
        self.driver = fake.FakeDriver(None)
        self.driver._cards = self.hardware.cards
        self.driver._settings['reserved'] = self.hardware.reserved
        # The tracker is made before init_host of the driver is called.
        self.tracker = nova_tracker.ResourceTracker(
            self.name, self.driver, self.placement
        )
        self.tracker._flusher._in_thread = self.placement.waiting.append
        self.driver.init_host(self.name)
        self.hypervisor = self.driver.hypervisor

    def open_tracker(self):
        self.tracker.set_service_ref(self.service)
        self.audit(startup=True)

    # What is known

    @property
    def books(self):
        """The HostVGPUs that the tracker keeps."""
        return self.tracker.compute_nodes[self.name].vgpus

    @property
    def saved_books(self):
        """The HostVGPUs that schedulers see."""
        uuid = self.tracker.compute_nodes[self.name].uuid
        return objects.ComputeNode.get_by_uuid(self.context, uuid).vgpus

    @property
    def failed_builds(self):
        return self.tracker.stats[self.name]['failed_builds']

    @property
    def is_informed(self):
        """Has all that came from outside been seen by an audit?"""
        return self.seen == self.outside

    # Audits

    def audit(self, startup=False):
        self.tracker.update_available_resource(
            self.context, self.name, startup=startup
        )
        self.has_audited()

    def has_audited(self):
        """The books are what an audit has just made of them."""
        self.seen = self.outside

    def begin_audit(self):
        """An audit that has taken its snapshot, and isn't done with it."""
        self.slow_audit = SlowAudit(self)

    def end_audit(self):
        self.slow_audit.go_on()
        self.slow_audit.end()
        self.seen = self.slow_audit.outside
        self.slow_audit = None

    def abandon_audit(self):
        if self.slow_audit is not None:
            self.slow_audit.abandon()
            self.slow_audit = None


class SlowAudit(threading.Thread):
    """An audit between its snapshot and the rest of it."""

    def __init__(self, host):
        super().__init__(daemon=True)
        self.host, self.tracker = host, host.tracker
        self.outside = host.outside
        self._taken, self._go = threading.Event(), threading.Event()
        self._abandoned, self._error = False, None
        self._look = host.driver.get_available_resource
        with mock.patch.object(
            host.driver, 'get_available_resource', self._snapshot
        ):
            self.start()
            assert self._taken.wait(_PATIENCE)

    def run(self):
        try:
            self.tracker.update_available_resource(
                nova_context.get_admin_context(), self.host.name
            )
        except Abandoned:
            pass
        except Exception as error:
            self._error = error

    def _snapshot(self, nodename):
        resources = self._look(nodename)
        self._taken.set()
        self._go.wait(_PATIENCE)
        if self._abandoned:
            raise Abandoned
        return resources

    def go_on(self):
        self._go.set()

    def end(self):
        self.join(_PATIENCE)
        assert not self.is_alive()
        if self._error is not None:
            raise self._error

    def abandon(self):
        self._abandoned = True
        self.go_on()
        self.end()
