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

"""The books of Nova beside what the simulator knows."""

from tests.functional.xenapi import base

_PLACES = 4  # of this model on the card of the host


def wrong(cloud, here):
    """Sentences on what the books say otherwise than the simulator.

    :param here: whether the instance is on the host
    """
    books = cloud.books('h1')
    shown = sorted((r.owner, r.model, r.pgpu) for r in books.residents)
    if shown != _residents(cloud):
        yield f'books show {shown} where there are {_residents(cloud)}'
    claims = [claim.owner for claim in books.claims]
    if claims != [cloud.server] * here:
        yield f'books show claims of {claims}'
    free = books.free[base.K260Q]
    if free != _PLACES - here:
        yield f'books show {free} free'


def _residents(cloud):
    """Sorted (owner, model, pGPU) of each vGPU that has a place."""
    now = cloud.pool.snapshot()
    return sorted(
        (
            now['VM'][vgpu['VM']]['other_config'].get('nova-instance-uuid'),
            now['VGPU_type'][vgpu['type']]['identifier'],
            now['PGPU'][place]['uuid'],
        )
        for vgpu in now['VGPU'].values()
        for place in {
            vgpu['resident_on'],
            vgpu['scheduled_to_be_resident_on'],
        }
        & set(now['PGPU'])
    )
