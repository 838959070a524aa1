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


"""The network interfaces of a VM: its VIFs."""

import contextlib

import nova.conf
from nova import exception
from oslo_log import log as logging

LOG = logging.getLogger(__name__)
CONF = nova.conf.CONF


def _timeout_error():
    """What Nova raises for a VIF that isn't plugged in time."""
    if hasattr(exception, 'InstanceEventTimeout'):
        return exception.InstanceEventTimeout
    from eventlet import timeout  # Nova 31

    return timeout.Timeout


_TooLate = _timeout_error()


class Networks:
    """Plugs instances into the pool's networks.

    :param session: session.Session
    :param virtapi: Nova's, to hear from Neutron
    """

    def __init__(self, session, virtapi):
        self._session = session
        self._virtapi = virtapi

    def attach(self, vm_ref, network_info):
        """Make the VIFs of a new VM, on the bridges that Neutron names.

        :raises VirtualInterfaceCreateException: if the pool has no such
            bridge
        """
        if not network_info:
            return
        bridges = {
            network['bridge']: ref
            for ref, network in self._session.call(
                'network.get_all_records'
            ).items()
        }
        for number, vif in enumerate(network_info):
            record = _vif_record(vif, vm_ref, number, _on(vif, bridges))
            self._session.call('VIF.create', record)

    @contextlib.contextmanager
    def plugged(self, instance, network_info):
        """Wait at the end until Neutron has plugged what it must plug.

        :returns: whether there is something to wait for
        :raises VirtualInterfaceCreateException: if Neutron fails, or takes
            longer than ``vif_plugging_timeout``
        """
        events = [
            ('network-vif-plugged', vif['id'])
            for vif in network_info or ()
            if vif.get('active', True) is False
        ]
        if not events or not CONF.vif_plugging_timeout:
            yield False
            return
        try:
            with self._virtapi.wait_for_instance_event(
                instance,
                events,
                CONF.vif_plugging_timeout,
                error_callback=_not_plugged,
            ):
                yield True
        except _TooLate:
            LOG.warning('Neutron has not plugged all VIFs', instance=instance)
            if CONF.vif_plugging_is_fatal:
                raise exception.VirtualInterfaceCreateException() from None


def _not_plugged(event, instance):
    LOG.error('Neutron reports failure of %s', event, instance=instance)
    if CONF.vif_plugging_is_fatal:
        raise exception.VirtualInterfaceCreateException()


def _on(vif, bridges):
    """Reference of the network that has a VIF's bridge."""
    bridge = vif['network']['bridge']
    if bridge not in bridges:
        raise exception.VirtualInterfaceCreateException(
            f'Neutron wants port {vif["id"]} on the bridge {bridge}, which '
            'no network of the XenServer pool has: make one, or correct the '
            'bridge in the configuration of Neutron.'
        )
    return bridges[bridge]


def _vif_record(vif, vm_ref, number, network):
    return {
        'device': str(number),
        'network': network,
        'VM': vm_ref,
        'MAC': vif['address'],
        'MTU': str(vif['network'].get_meta('mtu') or 1500),
        # By the second one Open vSwitch in the host knows Neutron's port.
        'other_config': {
            'neutron-port-id': vif['id'],
            'nicira-iface-id': vif['id'],
        },
        'qos_algorithm_type': '',
        'qos_algorithm_params': {},
    }
