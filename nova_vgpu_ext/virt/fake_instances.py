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

"""Between the fake hypervisor's VMs and Nova's view of them."""

import collections.abc
import contextlib

from nova import exception
from nova.compute import power_state
from nova.virt import fake
from oslo_log import log as logging

from nova_vgpu_ext.virt import fake_hypervisor
from nova_vgpu_ext.virt import fake_state

LOG = logging.getLogger(__name__)

# A VM that is still on its way here by live migration isn't Nova's yet.
POWER_STATES = {
    fake_state.RUNNING: power_state.RUNNING,
    fake_state.PAUSED: power_state.PAUSED,
    fake_state.HALTED: power_state.SHUTDOWN,
    fake_state.SUSPENDED: power_state.SUSPENDED,
    fake_state.CRASHED: power_state.CRASHED,
}


class FakeInstances(collections.abc.Mapping):
    """Nova's VMs on the hypervisor, by uuid.

    Nova's fake driver keeps its instances in a dict, and answers much from
    it; this stands in its place.
    """

    def __init__(self, hypervisor):
        self._hypervisor = hypervisor

    def _vms(self):
        return {
            vm.uuid: vm
            for vm in self._hypervisor.vms.values()
            if not vm.foreign and vm.state in POWER_STATES
        }

    def __getitem__(self, key):
        vm = self._vms()[key]
        return fake.FakeInstance(vm.name, POWER_STATES[vm.state], vm.uuid)

    def __iter__(self):
        return iter(self._vms())

    def __len__(self):
        return len(self._vms())


@contextlib.contextmanager
def nova_errors(instance):
    """Let the hypervisor's refusals be errors that Nova knows."""
    try:
        yield
    except fake_hypervisor.NoSuchVM:
        raise exception.InstanceNotFound(instance_id=instance.uuid) from None
    except fake_hypervisor.NoRoom as error:
        LOG.warning('%s', error, instance=instance)
        raise not_enough(error.name) from None
    except fake_hypervisor.Refused as error:
        raise exception.InternalError(str(error)) from None


def not_enough(wanted):
    """The error for which Nova tries the next host.

    Users may see it, so it tells what was asked for and no more.

    :param wanted: the name of a model, or a VGPURequest
    """
    return exception.ComputeResourcesUnavailable(
        reason=f'not enough vGPUs: {wanted}'
    )
