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

import nova.conf
from nova.scheduler import utils
from nova.scheduler import weights

from nova_vgpu_ext import choice
from nova_vgpu_ext import flavors

CONF = nova.conf.CONF

# Costs are sums of fractions; what differs by less is rounding.
_DIGITS = 9


class VGPUWeigher(weights.BaseHostWeigher):
    """Higher weights win."""

    def weight_multiplier(self, host_state):
        return utils.get_weight_multiplier(
            host_state,
            'vgpu_weight_multiplier',
            CONF.filter_scheduler.vgpu_weight_multiplier,
        )

    def weigh_objects(self, weighed_obj_list, weight_properties):
        costs = [
            self._weigh_object(weighed.obj, weight_properties)
            for weighed in weighed_obj_list
        ]
        ranks = {
            cost: rank
            for rank, cost in enumerate(sorted(set(costs), reverse=True))
        }
        return [float(ranks[cost]) for cost in costs]

    def _weigh_object(self, host_state, request_spec):
        """The cost of the instance on this host; lower is better."""
        books = getattr(host_state, 'vgpu_books', None)
        wanted = flavors.valid_request(request_spec.flavor)
        if not wanted:
            return _free_share(books)
        cost = None if books is None else choice.cost(books, wanted)
        if cost is None:
            return (1, 0.0, 0, 0)
        return (
            0,
            round(cost, _DIGITS),
            # Where a GPU is as good as another, CPUs and memory beside it
            # decide: what a host lacks of them, its free GPUs can't use.
            -(host_state.vcpus_total - host_state.vcpus_used),
            -host_state.free_ram_mb,
        )


def _free_share(books):
    """How much vGPU capacity an instance without a vGPU would sit beside."""
    if books is None:
        return (0, 0.0)
    shares = [row.free / row.max for row in books.rows if row.max]
    return (0, round(sum(shares), _DIGITS))
