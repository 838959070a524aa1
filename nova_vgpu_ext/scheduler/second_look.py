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

"""A request is not refused while the books say that there is room.

Placement may be behind the books for a moment: when a vGPU was released and
nova-compute is about to tell, or when somebody has an allocation who will
not get the vGPU. A scheduler that refuses then is wrong. So before it does,
it asks whether there would be hosts but for vGPUs, and if their books have
room, tries again, for as long as such a moment may take. If they have none,
the user is told that vGPUs were short.
"""

import contextlib
import functools
import time

import nova.conf
import oslo_messaging
from nova import exception
from nova.scheduler import utils
from oslo_log import log as logging

from nova_vgpu_ext import flavors
from nova_vgpu_ext import refusals
from nova_vgpu_ext import request
from nova_vgpu_ext.scheduler import but_for_vgpus
from nova_vgpu_ext.scheduler import giving_way

CONF = nova.conf.CONF
LOG = logging.getLogger(__name__)

_PAUSES = (0.1, 0.2, 0.4, 0.6, 0.8, 1)  # seconds
_STAYS = contextlib.nullcontext()


def looks_twice(stock):
    """Let a scheduler look again before it refuses vGPUs.

    :param stock: SchedulerManager.select_destinations, whose NoValidHost is
        wrapped for oslo.messaging
    """

    @functools.wraps(stock)
    @oslo_messaging.expected_exceptions(exception.NoValidHost)
    def select_destinations(self, context, *args, **kwargs):
        spec = kwargs.get('spec_obj')
        wanted = _wanted(spec)
        if not wanted:
            return stock(self, context, *args, **kwargs)
        count = len(kwargs.get('instance_uuids') or [spec])
        for pause in _pauses():
            kwargs['spec_obj'] = spec.obj_clone()  # Nova changes its own
            may_give_way = giving_way.possible() if pause else _STAYS
            try:
                with may_give_way:
                    return stock(self, context, *args, **kwargs)
            except oslo_messaging.ExpectedException:
                found = but_for_vgpus.look(
                    self, context, spec.obj_clone(), wanted, count
                )
                _log(spec, wanted, count, found)
                if not found.finds_hosts:
                    raise
            if not found.has_room:
                break
            time.sleep(pause)
        _log_refusal(spec, wanted, count, found)
        raise _refusal(wanted, count, found)

    return select_destinations


def _wanted(spec):
    """The VGPURequest that hosts are sought for, empty if there is none."""
    if spec is None or 'flavor' not in spec:
        return request.NOTHING
    if utils.request_is_rebuild(spec):
        return request.NOTHING
    return flavors.request_if_right(spec.flavor)


def _pauses():
    """After each look. Without vGPUs in Placement, nothing is behind."""
    return (*_PAUSES, 0) if CONF.vgpus.claim_in_placement else (0,)


def _log(spec, wanted, count, found):
    LOG.debug(
        'Instance %(instance)s: for %(count)d times %(wanted)s there is '
        '%(room)s room by the books of hosts that have all else',
        {
            'instance': spec.instance_uuid,
            'count': count,
            'wanted': wanted,
            'room': 'still' if found.has_room else 'no',
        },
    )


def _log_refusal(spec, wanted, count, found):
    reason = refusals.sentence(wanted, count, found.most)
    LOG.info('Instance %s is refused: %s', spec.instance_uuid, reason)
    for name in found.unknown:
        LOG.info('No host has the vGPU model %s', name)


def _refusal(wanted, count, found):
    most = found.most if CONF.vgpus.expose_counts else None
    reason = refusals.sentence(wanted, count, most)
    return exception.NoValidHost(reason=f'There are {reason}.')
