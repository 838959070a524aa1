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

"""ComputeNode with a host's vGPU books."""

import collections

from nova.objects import compute_node
from oslo_log import log as logging
from oslo_utils import versionutils

from nova_vgpu_ext import capacity
from nova_vgpu_ext.objects import fields

LOG = logging.getLogger(__name__)

STOCK_VERSION = '1.19'

# The last text that was read of each compute node, and what it meant. The
# scheduler reads thousands of nodes for each request, most of them unchanged.
_parsed = {}


class ComputeNode(compute_node.ComputeNode):
    """Nova's ComputeNode and ``vgpus``, a HostVGPUs or None.

    Registered beside the stock class under a minor version far above any
    that Nova will reach, so that processes without the extension are sent
    the stock version, without the field.
    """

    # Version 1.1019: 1.19 of Nova with vgpus
    VERSION = '1.1019'

    fields = {'vgpus': fields.VGPUsField(nullable=True)}

    def obj_make_compatible(self, primitive, target_version):
        super().obj_make_compatible(primitive, target_version)
        target = versionutils.convert_version_to_tuple(target_version)
        if target < (1, 1019):
            primitive.pop('vgpus', None)

    @staticmethod
    def _from_db_object(context, compute, db_compute):
        stored = db_compute['vgpus'] if 'vgpus' in db_compute else None
        row = collections.ChainMap(
            {'vgpus': books(db_compute['uuid'], stored)}, db_compute
        )
        return compute_node.ComputeNode._from_db_object(context, compute, row)

    def update_from_virt_driver(self, resources):
        super().update_from_virt_driver(resources)
        if 'vgpus' in resources:
            self.vgpus = resources['vgpus']
        elif 'vgpus' in self and self.vgpus is not None:
            # The books of another driver, or of another time.
            self.vgpus = None


def books(node_uuid, stored):
    """What a row's text means; None for none, or for an unreadable one.

    A host whose books can't be read gets no instances with vGPUs; all else
    must go on working, so this is a warning and no error.
    """
    if stored is None or isinstance(stored, capacity.HostVGPUs):
        return stored
    text, found = _parsed.get(node_uuid, (None, None))
    if text != stored:
        found = _parse(node_uuid, stored)
        _parsed[node_uuid] = (stored, found)
    return found


def _parse(node_uuid, text):
    try:
        return capacity.HostVGPUs.from_json(text)
    except capacity.InvalidVGPUs as error:
        LOG.warning(
            'The vgpus of compute node %(node)s cannot be read, so its host '
            'gets no instances with vGPUs until nova-compute reports there '
            'again: %(error)s',
            {'node': node_uuid, 'error': error},
        )
        return None
