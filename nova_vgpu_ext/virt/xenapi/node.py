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


"""What the driver tells of its host, as the node of a nova-compute."""

import datetime

import nova.conf
from oslo_log import log as logging

from nova_vgpu_ext.virt.xenapi import errors
from nova_vgpu_ext.virt.xenapi import hosts

CONF = nova.conf.CONF
LOG = logging.getLogger(__name__)


class NodeMixin:
    """The part of XenAPIDriver about the host."""

    def get_available_nodes(self, refresh=False):
        return [self.host.name]

    def get_nodenames_by_uuid(self, refresh=False):
        return {self.host.uuid: self.host.name}

    def get_available_resource(self, nodename):
        if nodename != self.host.name:
            return {}
        self.session.leftovers.clear_up()
        host = self.record('host', self.host.ref)
        resources = hosts.resources(
            host,
            self.record('host_metrics', host['metrics']),
            self.record('SR', self.disks.repository),
        )
        # The name is Nova's for good, even if the host gets another one.
        resources['hypervisor_hostname'] = self.host.name
        resources['vgpus'] = self.gpu_inventory.host_vgpus(host)
        self._resources = resources
        return resources

    def record(self, xapi_class, ref):
        """An object of XAPI as it is now."""
        return self.session.call(f'{xapi_class}.get_record', ref)

    def present_books(self):
        return self.gpu_inventory.host_vgpus(
            self.record('host', self.host.ref)
        )

    def _tell_of(self, owner):
        """Tell the tracker what an owner holds, if XenServer tells us."""
        try:
            super()._tell_of(owner)
        except (errors.XenServerError, errors.Unreachable) as error:
            # What has been done is done; the next periodic run will see.
            LOG.warning('Where vGPUs are now is not known: %s', error)

    def update_provider_tree(self, provider_tree, nodename, allocations=None):
        # Called under the tracker's lock, right after get_available_resource.
        found = self._resources or self.get_available_resource(nodename)
        ratios = self._get_allocation_ratios(
            provider_tree.data(nodename).inventory
        )
        disk = self._get_reserved_host_disk_gb_from_config()
        totals = {
            'VCPU': (found['vcpus'], CONF.reserved_host_cpus),
            'MEMORY_MB': (found['memory_mb'], CONF.reserved_host_memory_mb),
            'DISK_GB': (found['local_gb'], disk),
        }
        inventory = {
            name: {
                'total': total,
                'min_unit': 1,
                'max_unit': total,
                'step_size': 1,
                'allocation_ratio': ratios[name],
                'reserved': reserved,
            }
            for name, (total, reserved) in totals.items()
            if total > 0
        }
        provider_tree.update_inventory(nodename, inventory)

    def get_host_uptime(self):
        # XAPI's clock is in UTC, and says so by a letter alone.
        answer = self.session.call('host.get_servertime', self.host.ref)
        now = datetime.datetime.strptime(answer.value, '%Y%m%dT%H:%M:%SZ')
        return hosts.uptime(
            self.record('host', self.host.ref),
            now.replace(tzinfo=datetime.UTC),
        )

    def get_host_ip_addr(self):
        return CONF.my_ip
