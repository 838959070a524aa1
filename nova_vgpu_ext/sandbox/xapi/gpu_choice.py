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

"""Which pGPU a vGPU is put on (vgpuops.ml), and which host a VM's GPUs like.

Where XAPI follows the order of a set, which it promises nobody, the order
is drawn by lot.
"""

from nova_vgpu_ext.sandbox.xapi import gpu_room
from nova_vgpu_ext.sandbox.xapi.failure import Failure


def assign(pool, vm, host):
    """The places that a VM's vGPUs would get on a host.

    :returns: [(vGPU, pGPU)], in the order in which XAPI handles them
    :raises Failure: VM_REQUIRES_GPU, VM_REQUIRES_VGPU
    """
    chosen = []
    found = []
    order = {}
    for vgpu in pool.db.row('VM', vm)['VGPUs']:
        row = pool.db.row('VGPU', vgpu)
        group = row['GPU_group']
        if group not in order:
            order[group] = _candidates(pool, group, host)
        pgpu = _choose(pool.db, order[group], row, chosen)
        if pgpu is None:
            raise _refusal(pool.db, vm, row)
        chosen.append((pgpu, row['type']))
        found.append((vgpu, pgpu))
    return found


def _candidates(pool, group, host):
    """A group's pGPUs on a host, in the group's order."""
    if not pool.db.has('GPU_group', group):
        return []
    pgpus = [
        pgpu
        for pgpu in pool.db.row('GPU_group', group)['PGPUs']
        if pool.db.row('PGPU', pgpu)['host'] == host
    ]
    return pool.random.sample(pgpus, len(pgpus))


def _choose(db, candidates, vgpu, chosen):
    left = {
        pgpu: gpu_room.places(db, pgpu, vgpu['type'], chosen)
        for pgpu in candidates
    }
    fitting = [pgpu for pgpu in candidates if left[pgpu] > 0]
    if not fitting:
        return None
    best = max if _emptiest_first(db, vgpu['GPU_group']) else min
    # The first of equals, as after a stable sort.
    return best(fitting, key=left.get)


def _emptiest_first(db, group):
    algorithm = db.row('GPU_group', group)['allocation_algorithm']
    return algorithm == 'breadth_first'


def _refusal(db, vm, vgpu):
    group, vgpu_type = vgpu['GPU_group'], vgpu['type']
    if gpu_room.is_passthrough(db, vgpu_type):
        return Failure('VM_REQUIRES_GPU', vm, group)
    return Failure('VM_REQUIRES_VGPU', vm, group, vgpu_type)


def rank_hosts(pool, vm, hosts):
    """Lists of equal hosts, those that the VM's first vGPU prefers first.

    :param hosts: those where all of its vGPUs fit
    """
    vgpus = pool.db.row('VM', vm)['VGPUs']
    if not vgpus or not hosts:
        return [hosts]
    first = pool.db.row('VGPU', vgpus[0])
    pgpus = pool.db.row('GPU_group', first['GPU_group'])['PGPUs']
    ranks = {}
    for host in hosts:
        here = [
            pgpu for pgpu in pgpus if pool.db.row('PGPU', pgpu)['host'] == host
        ]
        rank = gpu_room.places_of_all(pool.db, here, first['type'])
        ranks.setdefault(rank, []).append(host)
    descending = _emptiest_first(pool.db, first['GPU_group'])
    return [ranks[rank] for rank in sorted(ranks, reverse=descending)]
