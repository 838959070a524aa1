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

"""``compute_driver = vgpu_ext.FakeDriver``: Nova's fake driver with GPUs.

It is for tests and trials: all is as on a host with the cards of ``[vgpus]
fake_cards_file``, except that no VM is real. In contrast to Nova's own fake
drivers, its VMs are still there after a restart of nova-compute.
"""

import contextlib
import os
import uuid

import nova.conf
from nova import exception
from nova.virt import fake
from oslo_log import log as logging

from nova_vgpu_ext import conf
from nova_vgpu_ext import extension
from nova_vgpu_ext import flavors
from nova_vgpu_ext import request
from nova_vgpu_ext.virt import bookkeeping
from nova_vgpu_ext.virt import fake_cards
from nova_vgpu_ext.virt import fake_hypervisor
from nova_vgpu_ext.virt import fake_instances
from nova_vgpu_ext.virt import fake_inventory
from nova_vgpu_ext.virt import fake_migration
from nova_vgpu_ext.virt import fake_power
from nova_vgpu_ext.virt import fake_state
from nova_vgpu_ext.virt import inventory

CONF = nova.conf.CONF
LOG = logging.getLogger(__name__)


class FakeDriver(
    fake_power.PowerMixin,
    fake_migration.MigrationMixin,
    bookkeeping.BookkeepingMixin,
    fake.FakeDriver,
):
    """Nova's fake driver, whose hypervisor places vGPUs.

    :ivar hypervisor: the FakeHypervisor, for tests that act behind Nova's
        back; there from init_host on
    """

    def __init__(self, virtapi, read_only=False):
        super().__init__(virtapi, read_only)
        conf.register_opts(CONF)  # in case nobody loaded the extension
        self.hypervisor = None
        # Read once, as a service reads its options: several hosts may be
        # in one process, each made under settings of its own.
        with _or_exit():
            self._cards = _cards()
            self._settings = _settings()

    def init_host(self, host):
        super().init_host(host)
        with _or_exit():
            self.hypervisor = fake_hypervisor.FakeHypervisor(
                self._cards, _state_path(host)
            )
        self.instances = fake_instances.FakeInstances(self.hypervisor)
        self.forget_interrupted_migrations()
        self._report_findings()

    def _report_findings(self):
        """Log what the operator should know, once."""
        if not extension.installed():
            LOG.error(extension.HOW_TO_TURN_ON)
        books = self.present_books()
        if books is not None:
            for finding in inventory.findings(books, **self._settings):
                LOG.warning(finding)

    # What is there

    def get_available_resource(self, nodename):
        resources = super().get_available_resource(nodename)
        if resources:
            resources['uuid'] = _node_uuid(nodename)
            resources['vgpus'] = self.present_books()
        return resources

    def get_nodenames_by_uuid(self, refresh=False):
        return {_node_uuid(node): node for node in self.get_available_nodes()}

    def present_books(self):
        if not self._cards.types:
            return None
        return fake_inventory.host_vgpus(self.hypervisor, **self._settings)

    # Making and removing

    def spawn(
        self,
        context,
        instance,
        image_meta,
        injected_files,
        admin_password,
        allocations,
        network_info=None,
        block_device_info=None,
        power_on=True,
        accel_info=None,
    ):
        if power_on:
            self.start(instance)
        else:
            with fake_instances.nova_errors(instance):
                self.hypervisor.create_vm(instance.uuid, instance.name)
        for vif in network_info or ():
            vif.fixed_ips()  # waits for the network, and fails where it does
            self._interfaces[vif['id']] = vif

    def start(self, instance, state=fake_state.RUNNING):
        """Let the hypervisor start an instance's VM, which may be new.

        :raises ComputeResourcesUnavailable: if it has no room for a vGPU;
            nothing has changed
        """
        with self._room():
            vgpus = self._assignment(instance)
            with fake_instances.nova_errors(instance):
                self.hypervisor.start_vm(
                    instance.uuid, vgpus, instance.name, state=state
                )
        self.tell_started(instance)

    @contextlib.contextmanager
    def _room(self):
        """Tell of a refusal for want of room."""
        try:
            yield
        except exception.ComputeResourcesUnavailable:
            self.tell_refused()
            raise

    def _assignment(self, instance):
        """(type identifier, group id) of each vGPU.

        Where the instance's claim is, or else where one would go now.
        """
        wanted = _request(instance)
        if not wanted:
            return ()
        if not extension.installed():  # nobody would count them
            LOG.error(extension.HOW_TO_TURN_ON, instance=instance)
            raise fake_instances.not_enough(wanted)
        for books in (self.claimed_books(), self.present_books()):
            vgpus = books and books.assignment(instance.uuid, wanted)
            if vgpus:
                return vgpus
        raise fake_instances.not_enough(wanted)

    def destroy(
        self,
        context,
        instance,
        network_info,
        block_device_info=None,
        destroy_disks=True,
        destroy_secrets=True,
    ):
        try:
            self.hypervisor.destroy_vm(instance.uuid)
        except fake_hypervisor.NoSuchVM:
            LOG.warning('There is no VM to destroy', instance=instance)
        self.tell_stopped(instance)

    def _test_remove_vm(self, instance_uuid):
        self.hypervisor.destroy_vm(instance_uuid)


@contextlib.contextmanager
def _or_exit():
    """End the process with one sentence where the configuration is wrong.

    Nova would take a ValueError for a driver that is none.
    """
    try:
        yield
    except (
        fake_cards.InvalidCardsFile,
        fake_state.InvalidStateFile,
        request.InvalidVGPURequest,
    ) as error:
        LOG.critical('%s', error)
        raise SystemExit(str(error)) from None


def _cards():
    if not CONF.vgpus.fake_cards_file:
        return fake_cards.HostCards()
    return fake_cards.load(CONF.vgpus.fake_cards_file)


def _state_path(host):
    return os.path.join(CONF.state_path, f'fake-vgpus-{host}.json')


def _settings():
    """What the operator says of the hardware, for inventory's functions."""
    return {
        'enabled': CONF.vgpus.enabled_models,
        'reserved': CONF.vgpus.reserved_pgpus,
        'aliases': flavors.alias_keys(),
    }


def _node_uuid(nodename):
    """The same at each start; Nova's fake drivers take a random one."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, nodename))


def _request(instance):
    try:
        return flavors.vgpu_request(instance.flavor)
    except request.InvalidVGPURequest as error:
        raise exception.InvalidInput(reason=str(error)) from None
