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
"""The other ways out of a nova-compute: database, Placement, driver.

As in a deployment, it has no database of its own: what its objects do there
is done by the conductor, as a whole or not at all.
"""

import contextvars

import fixtures
import oslo_messaging
from nova.conductor import manager
from nova.objects import base
from nova.scheduler.client import report
from nova.virt import driver

from tests.functional.crashes import life

_in_driver = contextvars.ContextVar('in driver', default=False)


class Channels(fixtures.Fixture):
    """Counts calls to the database and to Placement."""

    def _setUp(self):
        base.NovaObject.indirection_api = _OfComputesOnly(Conductor())
        self.addCleanup(setattr, base.NovaObject, 'indirection_api', None)
        client = report.SchedulerReportClient
        for verb in ('get', 'post', 'put', 'delete'):
            call = life.counted(getattr(client, verb), _placement_call(verb))
            self.useFixture(fixtures.MockPatchObject(client, verb, call))


def _placement_call(verb):
    def name(client, url, *args, **kwargs):
        return f'placement {verb} {url.split("?")[0].split("/")[1]}'

    return name


class _OfComputesOnly:
    """A class attribute that is None for the threads of other services."""

    def __init__(self, value):
        self._value = value

    def __get__(self, instance, owner):
        return None if life.current() is None else self._value


class Conductor:
    """What objects call instead of the database."""

    def __init__(self):
        self._manager = manager.ConductorManager()
        self._serializer = base.NovaObjectSerializer()

    def object_class_action_versions(
        self, context, objname, objmethod, object_versions, args, kwargs
    ):
        result = self._call(
            f'{objname}.{objmethod}',
            self._manager.object_class_action_versions,
            context,
            objname,
            objmethod,
            object_versions,
            args,
            kwargs,
        )
        return self._serializer.deserialize_entity(context, result)

    def object_action(self, context, objinst, objmethod, args, kwargs):
        updates, result = self._call(
            f'{objinst.obj_name()}.{objmethod}',
            self._manager.object_action,
            context,
            objinst.obj_clone(),
            objmethod,
            args,
            kwargs,
        )
        return self._serializer.deserialize_entity(context, updates), result

    def object_backport_versions(self, context, objinst, object_versions):
        return self._manager.object_backport_versions(
            context, objinst, object_versions
        )

    @staticmethod
    def _call(name, function, *args):
        life.current().call(f'database {name}')
        with life.part_of(None):
            try:
                return function(*args)
            except oslo_messaging.ExpectedException as expected:
                raise expected.exc_info[1] from None


def count_driver_calls(compute_driver):
    """Count what a compute manager calls of its driver.

    What the driver calls of itself isn't counted.
    """
    for name in dir(driver.ComputeDriver):
        method = getattr(compute_driver, name)
        if callable(method) and not name.startswith('_'):
            setattr(compute_driver, name, _driver_call(name, method))


def _driver_call(name, method):
    def call(*args, **kwargs):
        mine = life.current()
        if mine is None:
            return method(*args, **kwargs)
        if _in_driver.get():
            mine.check()
            return method(*args, **kwargs)
        mine.call(f'driver {name}')
        token = _in_driver.set(True)
        try:
            return method(*args, **kwargs)
        finally:
            _in_driver.reset(token)

    return call
