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

"""VGPUCapacityFilter: hosts that have the vGPUs a flavor asks for."""

import nova.conf
from nova import exception
from nova.scheduler import filters
from nova.scheduler import utils
from oslo_log import log as logging

from nova_vgpu_ext import conf
from nova_vgpu_ext import extension
from nova_vgpu_ext import flavors
from nova_vgpu_ext import reasons
from nova_vgpu_ext import request

CONF = nova.conf.CONF
LOG = logging.getLogger(__name__)


class VGPUCapacityFilter(filters.BaseHostFilter):
    """Passes a host on which all vGPUs of the flavor fit, with all that is
    promised there already.
    """

    # A rebuild keeps the vGPUs that the instance has, so it must not fail
    # on a host that is full of them.
    RUN_ON_REBUILD = False

    def __init__(self):
        super().__init__()
        conf.register_opts(CONF)  # in case nobody loaded the extension
        if not extension.installed():
            LOG.error(extension.HOW_TO_TURN_ON)

    def filter_all(self, filter_obj_list, spec_obj):
        if utils.request_is_rebuild(spec_obj):
            return filter_obj_list
        wanted = _wanted(spec_obj.flavor)
        if not wanted:
            return filter_obj_list
        host_states = list(filter_obj_list)
        fitting = [state for state in host_states if _fits(state, wanted)]
        if len(fitting) < len(host_states):
            _log(spec_obj, wanted, host_states, fitting)
        return fitting

    def host_passes(self, host_state, spec_obj):
        wanted = _wanted(spec_obj.flavor)
        return not wanted or _fits(host_state, wanted)


def _fits(host_state, wanted):
    # Stock host states have no books.
    return reasons.fits(getattr(host_state, 'vgpu_books', None), wanted)


def _log(spec_obj, wanted, host_states, fitting):
    """Who is refused at last is in the log of second_look."""
    LOG.debug(
        'Instance %(instance)s: %(wanted)s fit on %(fitting)d of %(count)d '
        'hosts',
        {
            'instance': spec_obj.instance_uuid,
            'wanted': wanted,
            'fitting': len(fitting),
            'count': len(host_states),
        },
    )


def _wanted(flavor):
    """The flavor's request.

    :raises NoValidHost: for a flavor that is wrong. It carries the sentence
        to the user, and comes before anything is allocated.
    """
    try:
        wanted = flavors.vgpu_request(flavor)
    except request.InvalidVGPURequest as error:
        raise exception.NoValidHost(reason=str(error)) from None
    if wanted and not extension.installed():
        LOG.error(extension.HOW_TO_TURN_ON)
    return wanted
