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

"""vGPUs on the way to a host: given out, but not claimed there yet.

A host's books know of an instance once nova-compute has claimed its vGPUs.
Placement knows it from the moment a scheduler chose the host, and tells of
all resource classes of the hosts that it offers, from its version 1.27 on.
So a scheduler sees what the others have just chosen, on any model, and can
leave the GPU to them. It only prefers other hosts: what is on the way may
have arrived, or have been given up, since Placement was asked.
"""

import functools

from nova_vgpu_ext import inventories
from nova_vgpu_ext import names
from nova_vgpu_ext import request


def knows_arriving(stock):
    """Let host states know what is on the way to them.

    :param stock: SchedulerManager._get_all_host_states
    """

    @functools.wraps(stock)
    def states(self, context, spec_obj, provider_summaries):
        summaries = provider_summaries or {}
        for host in stock(self, context, spec_obj, provider_summaries):
            host.vgpus_used = _used(summaries.get(host.uuid))
            yield host

    return states


def expected_books(books, used):
    """A host's books with what is on the way to it, as far as it fits.

    :param books: HostVGPUs
    :param used: {canonical key: count} of all allocations there
    """
    if not used:
        return books
    arriving = inventories.arriving(books, used)
    for number, key in enumerate(sorted(arriving.elements())):
        one = request.VGPURequest(((key, 1),))
        if books.fits(one):
            books = books.claim(f'arriving-{number}', one)
    return books


def _used(summary):
    """{canonical key: count} of all allocations of a provider."""
    resources = names.of_vgpus((summary or {}).get('resources', {}))
    return {key: one['used'] for key, one in resources.items() if one['used']}
