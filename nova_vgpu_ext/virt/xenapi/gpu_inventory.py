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


"""Asking XAPI for a host's GPUs, in a few calls however many there are."""

from oslo_log import log as logging

from nova_vgpu_ext import capacity
from nova_vgpu_ext.virt.xenapi import errors
from nova_vgpu_ext.virt.xenapi import gpu_books

LOG = logging.getLogger(__name__)

_UNKNOWN_CALL = 'MESSAGE_METHOD_UNKNOWN'
_SIZES = 'supported_VGPU_max_capacities'


class GPUInventory:
    """The GPUs of one host.

    :param session: session.Session
    :param host: reference of the host
    :param host_settings: the operator's, see inventory.host_vgpus
    """

    def __init__(self, session, host, host_settings):
        self._session = session
        self._host = host
        self._settings = host_settings
        self._said = None

    def host_vgpus(self, host):
        """The HostVGPUs as of now, without claims; None without GPUs.

        :param host: the host's record
        """
        pgpus = self._records('PGPU', f'field "host" = "{self._host}"')
        if pgpus is None:
            self._say('This XenServer release knows no GPUs.')
        if not pgpus:
            return None
        allowed, hint = self._allowed(host, pgpus)
        if not _maps_functions(host):
            allowed = allowed._replace(functions=False)
            hint = hint or (
                'The IOMMU of this host is off: instances can have no whole '
                'GPUs and no vGPUs by SR-IOV until it is turned on, in the '
                "host's firmware."
            )
        self._say(hint)
        # The VMs last: one that starts meanwhile is then known already.
        records = gpu_books.Records(
            pgpus=pgpus,
            vgpus=self._records('VGPU'),
            types=self._records('VGPU_type') or {},
            groups=self._records('GPU_group'),
            pcis=self._records('PCI', f'field "host" = "{self._host}"'),
            vms=self._records('VM', self._here()),
        )
        try:
            return gpu_books.host_vgpus(records, allowed, **self._settings)
        except capacity.InvalidVGPUs as error:
            LOG.error('The GPUs of this host can not be used: %s', error)
            return None

    def _records(self, xapi_class, where='true'):
        """{reference: record}; None where the release lacks the class."""
        try:
            return self._session.call(
                f'{xapi_class}.get_all_records_where', where
            )
        except errors.Refused as error:
            if error.refusal != _UNKNOWN_CALL:
                raise
            return None

    def _here(self):
        return (
            f'(field "resident_on" = "{self._host}") or '
            f'(field "scheduled_to_be_resident_on" = "{self._host}")'
        )

    def _allowed(self, host, pgpus):
        """(Allowed, a sentence if that isn't all)"""
        restrictions = [host.get('license_params', {})]
        for pool in self._session.call('pool.get_all_records').values():
            restrictions.append(pool.get('restrictions', {}))
        if _any(restrictions, 'restrict_gpu'):
            return gpu_books.Allowed(False, False), (
                'The licence of this XenServer pool has no GPUs: instances '
                'get none.'
            )
        if _any(restrictions, 'restrict_vgpu'):
            return gpu_books.Allowed(virtual=False), (
                'The licence of this XenServer pool has no vGPUs: instances '
                'can have whole GPUs only.'
            )
        if any(_SIZES not in pgpu for pgpu in pgpus.values()):
            return gpu_books.Allowed(virtual=False), (
                'This XenServer release does not tell how many vGPUs a GPU '
                'can have: instances can have whole GPUs only.'
            )
        return gpu_books.Allowed(), None

    def _say(self, hint):
        """Log a hint, once."""
        if hint and hint != self._said:
            LOG.warning(hint)
        self._said = hint


def _maps_functions(host):
    """Would XAPI give PCI functions of the host to VMs?"""
    # A release without the field doesn't ask.
    return host.get('chipset_info', {'iommu': 'true'}).get('iommu') == 'true'


def _any(restrictions, name):
    return any(one.get(name) == 'true' for one in restrictions)
