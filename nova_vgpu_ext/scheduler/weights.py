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

"""VGPUWeigher: where an instance spoils the fewest other vGPUs.

Nova brings the weights of each weigher into the range 0 to 1, so a small
difference between two hosts may count for nothing where a third differs
much. Ranks are given therefore: equal hosts share one, and the next better
is a whole step above. The multiplier is set by the option
``[filter_scheduler] vgpu_weight_multiplier``, or by the aggregate metadata
of the same name.
"""

import math

import nova.conf
from nova.scheduler import utils
from nova.scheduler import weights

from nova_vgpu_ext import choice
from nova_vgpu_ext import conf
from nova_vgpu_ext import flavors
from nova_vgpu_ext.scheduler import arriving

CONF = nova.conf.CONF

# Costs are sums of fractions; what differs by less is rounding.
_DIGITS = 9

# More steps would be smaller ones, which other weighers outdo.
_STEPS_OF_FREE = 10


class VGPUWeigher(weights.BaseHostWeigher):
    """Higher weights win."""

    def __init__(self):
        super().__init__()
        conf.register_opts(CONF)  # in case nobody loaded the extension

    def weight_multiplier(self, host_state):
        return utils.get_weight_multiplier(
            host_state,
            'vgpu_weight_multiplier',
            CONF.filter_scheduler.vgpu_weight_multiplier,
        )

    def weigh_objects(self, weighed_obj_list, weight_properties):
        wanted = flavors.valid_request(weight_properties.flavor)
        hosts = [weighed.obj for weighed in weighed_obj_list]
        ranks = _ranks([self._weigh_object(host, wanted) for host in hosts])
        if not wanted:
            return ranks
        # Where a GPU is as good as another, CPUs and memory beside it
        # decide, by less than the step between two costs.
        ties = _ranks([_left_beside(host) for host in hosts])
        step = 2 * len(hosts)
        return [
            rank + tie / step for rank, tie in zip(ranks, ties, strict=True)
        ]

    def _weigh_object(self, host_state, wanted):
        """The cost of a VGPURequest on this host; lower is better."""
        books = getattr(host_state, 'vgpu_books', None)
        if books is None:
            return math.inf if wanted else 0
        books = arriving.expected_books(books, host_state.vgpus_used)
        if not wanted:
            return _free_share(books)
        cost = choice.cost(books, wanted)
        return math.inf if cost is None else round(cost, _DIGITS)


def _ranks(costs):
    """The rank of each cost, 0 for the highest; equal ones share one."""
    ranks = {
        cost: float(rank)
        for rank, cost in enumerate(sorted(set(costs), reverse=True))
    }
    return [ranks[cost] for cost in costs]


def _left_beside(host_state):
    """What a host lacks of CPUs and memory, its free GPUs can't use."""
    return (
        host_state.vcpus_used - host_state.vcpus_total,
        -host_state.free_ram_mb,
    )


def _free_share(books):
    """How much vGPU capacity an instance without a vGPU would sit beside.

    :returns: from 0 for none to _STEPS_OF_FREE for all
    """
    shares = [row.free / row.max for row in books.rows if row.max]
    return math.ceil(_STEPS_OF_FREE * sum(shares) / max(1, len(shares)))
