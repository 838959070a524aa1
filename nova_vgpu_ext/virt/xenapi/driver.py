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


"""``compute_driver = vgpu_ext.XenAPIDriver``: XenServer and XCP-ng hosts."""

import contextlib

import nova.conf
from nova import exception
from nova.console import type as console_type
from nova.virt import driver
from nova.virt import hardware
from oslo_config import cfg
from oslo_log import log as logging

from nova_vgpu_ext import conf
from nova_vgpu_ext import extension
from nova_vgpu_ext import flavors
from nova_vgpu_ext import request
from nova_vgpu_ext.virt import bookkeeping
from nova_vgpu_ext.virt import inventory
from nova_vgpu_ext.virt.xenapi import assignment
from nova_vgpu_ext.virt.xenapi import block_devices
from nova_vgpu_ext.virt.xenapi import building
from nova_vgpu_ext.virt.xenapi import conf as xenserver_conf
from nova_vgpu_ext.virt.xenapi import console
from nova_vgpu_ext.virt.xenapi import errors
from nova_vgpu_ext.virt.xenapi import gpu_devices
from nova_vgpu_ext.virt.xenapi import gpu_inventory
from nova_vgpu_ext.virt.xenapi import hosts
from nova_vgpu_ext.virt.xenapi import later
from nova_vgpu_ext.virt.xenapi import networks
from nova_vgpu_ext.virt.xenapi import node
from nova_vgpu_ext.virt.xenapi import orphans
from nova_vgpu_ext.virt.xenapi import power
from nova_vgpu_ext.virt.xenapi import session
from nova_vgpu_ext.virt.xenapi import settings
from nova_vgpu_ext.virt.xenapi import storage
from nova_vgpu_ext.virt.xenapi import vms

CONF = nova.conf.CONF
LOG = logging.getLogger(__name__)


class XenAPIDriver(
    building.BuildingMixin,
    later.ShelvingMixin,
    power.PowerMixin,
    node.NodeMixin,
    later.LaterMixin,
    bookkeeping.BookkeepingMixin,
    driver.ComputeDriver,
):
    """Runs instances on one host of a XenServer pool.

    :ivar session: session.Session
    :ivar host: the hosts.Host that this nova-compute serves
    """

    capabilities = {
        **driver.ComputeDriver.capabilities,
        # It does not yet, but says so better than Nova would.
        'supports_evacuate': True,
        'supports_image_type_raw': True,
        'supports_image_type_vhd': True,
    }

    def __init__(self, virtapi, read_only=False):
        super().__init__(virtapi)
        conf.register_opts(CONF)  # in case nobody loaded the extension
        xenserver_conf.register_opts(CONF)
        # Read once, as a service reads its options: several hosts may be
        # in one process, each made under settings of its own.
        with _or_exit():
            self._xenserver = settings.load(CONF.xenserver)
            self._settings = {
                'enabled': CONF.vgpus.enabled_models,
                'reserved': CONF.vgpus.reserved_pgpus,
                'aliases': flavors.alias_keys(),
            }
        self._resources = None

    def init_host(self, host):
        self.session = session.Session(self._xenserver)
        try:
            with _or_exit():
                self.host = hosts.find(self.session)
                self._make_parts(host)
                self._report_findings()
            self._look_back()
        except BaseException:
            self.session.close()
            raise

    def _make_parts(self, service):
        repository = storage.find_repository(self.session, self.host)
        self.vms = vms.VMs(self.session, self.host)
        self.disks = storage.Disks(self.session, repository, self.host)
        self.block_devices = block_devices.BlockDevices(
            self.session, self.disks
        )
        self.consoles = console.Consoles(self.session)
        self.networks = networks.Networks(self.session, self.virtapi)
        self.orphans = orphans.Orphans(
            self.session.leftovers, self._remove, service
        )
        self.gpu_inventory = gpu_inventory.GPUInventory(
            self.session, self.host.ref, self._settings
        )
        self.gpu_devices = gpu_devices.GPUDevices(self.session)
        self.vgpus = assignment.Assignment(
            self.gpu_devices,
            self.claimed_books,
            self.present_books,
            self.tell_refused,
        )

    def _look_back(self):
        """Let the next periodic run remove what earlier processes left."""
        self.session.leftovers.add(
            'earlier instances',
            lambda: self.orphans.suspect_all(self.vms.all(), self.disks.all()),
            patience=0,
        )
        self.session.leftovers.clear_up()

    def _report_findings(self):
        """Log what the operator should know, once."""
        if self._xenserver.url.startswith('http:') or self._xenserver.insecure:
            LOG.warning(
                'The password for XenServer crosses the network unprotected: '
                'let [xenserver] connection_url be https, and insecure False.'
            )
        if not extension.installed():
            LOG.error(extension.HOW_TO_TURN_ON)
        books = self.present_books()
        if books is not None:
            for finding in inventory.findings(books, **self._settings):
                LOG.warning(finding)

    def cleanup_host(self, host):
        self.consoles.close()
        self.session.close()

    # Instances

    def get_vnc_console(self, context, instance):
        _, vm = self.vms.find(instance)
        for ref in vm['consoles']:
            screen = self.record('console', ref)
            if screen['protocol'] == 'rfb':
                port, path = self.consoles.admit(screen['location'])
                return console_type.ConsoleVNC(
                    host=CONF.vnc.server_proxyclient_address,
                    port=port,
                    internal_access_path=path,
                )
        raise exception.ConsoleTypeUnavailable(console_type='vnc')

    def get_info(self, instance, use_cache=True):
        _, vm = self.vms.find(instance)
        return hardware.InstanceInfo(
            state=vms.POWER_STATES[vm['power_state']],
            internal_id=vm['uuid'],
        )

    def list_instances(self):
        return [vm['name_label'] for vm in self.vms.all().values()]

    def list_instance_uuids(self):
        return list(self.vms.all())

    def instance_exists(self, instance):
        return bool(self.vms.find_all(instance))

    def plug_vifs(self, instance, network_info):
        """The VIFs are plugged when the VM starts."""

    def unplug_vifs(self, instance, network_info):
        """The VIFs are unplugged when the VM stops."""


@contextlib.contextmanager
def _or_exit():
    """End the process with one sentence where it can't work.

    Nova would take some of these errors for a driver that is none.
    """
    try:
        yield
    except errors.Unreachable as error:
        sentence = error.sentence
    except (
        cfg.Error,
        errors.InvalidSettings,
        errors.XenServerError,
        request.InvalidVGPURequest,
    ) as error:
        sentence = str(error)
    else:
        return
    LOG.critical('%s', sentence)
    raise SystemExit(sentence)
