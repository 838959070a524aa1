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

"""The test of a claim: are the vGPUs there that the instance asks for?"""

import functools

from oslo_log import log as logging

from nova_vgpu_ext import flavors
from nova_vgpu_ext import reasons
from nova_vgpu_ext import refusals
from nova_vgpu_ext import request

LOG = logging.getLogger(__name__)


def tests_vgpus(stock_test):
    """Let Claim's test of PCI devices test vGPUs too.

    This test is among those that Nova collects the reasons of, so a refusal
    for want of a vGPU is raised and logged as all others are.

    :param stock_test: Claim._test_pci
    """

    @functools.wraps(stock_test)
    def test(claim):
        return stock_test(claim) or _reason(claim)

    return test


def _reason(claim):
    """Why the vGPUs can't be had, None if they can.

    It reaches the user, so it tells what was asked and no more.
    """
    # A MoveClaim has the flavor that is moved to, a Claim the instance's.
    flavor = getattr(claim, 'flavor', None) or claim.instance.flavor
    try:
        wanted = flavors.vgpu_request(flavor)
    except request.InvalidVGPURequest as error:
        claim.tracker.note_vgpu_refusal()
        return str(error)
    if not wanted:
        return None
    books = claim.tracker.compute_nodes[claim.nodename].vgpus
    if reasons.fits(books, wanted):
        return None
    LOG.info(
        'No room for %(wanted)s on node %(node)s; free there: %(free)s',
        {
            'wanted': wanted,
            'node': claim.nodename,
            'free': dict(books.free) if books is not None else 'nothing',
        },
        instance=claim.instance,
    )
    claim.tracker.note_vgpu_refusal()
    return refusals.sentence(wanted)
