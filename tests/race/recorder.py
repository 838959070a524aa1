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

"""Writes down what happens in a cloud, in its own process.

Each line of the log is a JSON object with the time of the machine's
monotonic clock, which is the same in all processes, and an event:

start, destroy and the other events of a fake hypervisor: with its host, the
VM and where its vGPUs are; no-room: it refuses what was promised
claimed, released: a resource tracker promises vGPUs, or takes that back;
with the type and the GPU group of each that is promised now
refused: a resource tracker refuses a claim
state, deleted: an instance gets another state, or is gone
fault: what its user is told
scheduling, scheduled: a scheduler begins to look for hosts, and has ended;
with the first choice and its alternates for each VM, nothing where it refuses
inventories: Placement has been asked to change a provider's inventories
flush: a node's inventories are up to date, some seconds after a change
"""

import functools
import json
import pathlib
import threading
import time


class Recorder:
    """The log of a cloud.

    :param path: of a file that isn't there yet
    """

    def __init__(self, path):
        # Of a line each, so that whoever reads has all that has happened.
        self._file = open(path, 'w', buffering=1)  # noqa: SIM115
        self._lock = threading.Lock()

    def note(self, event, **values):
        """Something happens now."""
        with self._lock:
            line = {'at': time.monotonic(), 'event': event, **values}
            self._file.write(json.dumps(line) + '\n')

    def install(self):
        """Have everything written down, before any service is made."""
        self._watch_hypervisors()
        self._watch_trackers()
        self._watch_flushes()
        self._watch_instances()

    def _watch_hypervisors(self):
        from nova_vgpu_ext.virt import fake_hypervisor

        note = self.note

        class Hypervisor(fake_hypervisor.FakeHypervisor):
            """Called under the lock of the host."""

            def _write(self, event, **changes):
                super()._write(event, **changes)
                host = pathlib.Path(self._file.path).stem
                host = host.removeprefix('fake-vgpus-')
                note(event.pop('event'), host=host, **event)

            def _choose(self, identifier, group, held):
                try:
                    return super()._choose(identifier, group, held)
                except fake_hypervisor.NoRoom as error:
                    note('no-room', text=str(error))
                    raise

        fake_hypervisor.FakeHypervisor = Hypervisor

    def _watch_trackers(self):
        from nova import exception

        from nova_vgpu_ext.compute import resource_tracker

        tracker = resource_tracker.ResourceTracker
        log_change = tracker._log_change
        instance_claim = tracker.instance_claim

        # Called under the tracker's lock, for all but audits.
        def _log_change(rt, change, owner, wanted, nodename):
            if nodename not in rt._former_books:
                self.note(
                    change.lower(),
                    host=rt.host,
                    vm=owner,
                    places=_places(rt.compute_nodes[nodename].vgpus, owner),
                )
            log_change(rt, change, owner, wanted, nodename)

        def claim(rt, context, instance, *args, **kwargs):
            try:
                return instance_claim(rt, context, instance, *args, **kwargs)
            except exception.ComputeResourcesUnavailable:
                self.note('refused', host=rt.host, vm=instance.uuid)
                raise

        tracker._log_change = _log_change
        tracker.instance_claim = claim

    def _watch_flushes(self):
        from nova_vgpu_ext.compute import resource_tracker

        tracker = resource_tracker.ResourceTracker
        if not hasattr(tracker, '_tell_placement'):
            return
        tell = tracker._tell_placement

        def _tell_placement(rt, nodename, waited):
            begun = time.monotonic()
            tell(rt, nodename, waited)
            seconds = waited + time.monotonic() - begun
            self.note('flush', host=rt.host, seconds=seconds)

        tracker._tell_placement = _tell_placement

    def _watch_instances(self):
        from nova import objects

        self._after(objects.Instance, 'save', self._state)
        self._after(objects.Instance, 'destroy', self._deleted)
        self._after(objects.InstanceFault, 'create', self._fault)

    def _after(self, cls, name, noted):
        method = getattr(cls, name)

        @functools.wraps(method)
        def wrapper(obj, *args, **kwargs):
            changed = obj._changed_fields - set()  # of the object itself
            result = method(obj, *args, **kwargs)
            noted(obj, changed)
            return result

        setattr(cls, name, wrapper)

    def _state(self, instance, changed):
        if 'vm_state' in changed:
            self.note('state', vm=instance.uuid, state=instance.vm_state)

    def _deleted(self, instance, changed):
        self.note('deleted', vm=instance.uuid)

    def _fault(self, fault, changed):
        self.note('fault', vm=fault.instance_uuid, text=fault.message)

    def watch_scheduler(self, number, manager):
        """Have it written down when a scheduler looks for hosts.

        :param manager: of a service that has not started yet
        """
        select = manager.select_destinations

        @functools.wraps(select)
        def wrapper(*args, **kwargs):
            vms = kwargs['instance_uuids']
            self.note('scheduling', scheduler=number, vms=vms)
            hosts = []
            try:
                lists = select(*args, **kwargs)
                hosts = [[one.service_host for one in each] for each in lists]
                return lists
            finally:
                self.note('scheduled', scheduler=number, vms=vms, hosts=hosts)

        manager.select_destinations = wrapper

    def watch_placement(self, app):
        """A WSGI application: Placement, with conflicts written down."""

        def wrapper(environ, start_response):
            def respond(status, headers, exc_info=None):
                writes = environ['REQUEST_METHOD'] != 'GET'
                parts = environ['PATH_INFO'].strip('/').split('/')
                if writes and 'inventories' in parts:
                    conflict = status.startswith('409')
                    self.note('inventories', conflict=conflict)
                return start_response(status, headers, exc_info)

            return app(environ, respond)

        return wrapper


def _places(books, owner):
    return [(c.model, c.group) for c in books.claims if c.owner == owner]
