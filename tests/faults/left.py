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

"""What there is in the pool, and what there should be."""

import collections

from nova.compute import vm_states

from nova_vgpu_ext.virt.xenapi import marks
from tests.functional.xenapi import base

NOBODY = 'nobody'

# Of an instance that is as it should be.
_WHOLE = {'VM': 1, 'VDI': 2, 'VBD': 2, 'VIF': 1, 'VGPU': 1}
_RESCUED = {**_WHOLE, 'VDI': 3, 'VBD': 3}


def owned(cloud):
    """{(class, uuid of the instance that it is made for): number}"""
    now = cloud.pool.snapshot()
    return collections.Counter(
        (table, _owner(table, now[table][ref], now['VM']))
        for table in base.OWN
        for ref in set(now[table]) - set(cloud.empty[table])
    )


def _owner(table, row, vms):
    if table == 'task':
        return NOBODY  # tasks must not outlive what they are for
    if table not in ('VM', 'VDI'):
        row = vms.get(row['VM'], {'other_config': {}})
    return row['other_config'].get(marks.OWNER, NOBODY)


def too_much(cloud, state, is_deletion=False):
    """Sentences on what should not be there, or is missing.

    :param state: of the instance, None if it should have nothing here
    :param is_deletion: whether it is what a deletion left for the next one
    """
    found = owned(cloud)
    mine = {
        table: number
        for (table, owner), number in found.items()
        if owner == cloud.server
    }
    others = [key for key in found if key[1] != cloud.server]
    if others:
        yield f'{len(others)} kinds of objects of others'
    if state is None and mine:
        yield f'left: {mine}'
    if state is not None and not _fits(mine, state, is_deletion):
        yield f'an instance that is {state} has {mine}'


def _fits(mine, state, is_deletion):
    if state == vm_states.RESCUED:
        return mine == _RESCUED
    if state != vm_states.ERROR:
        return mine == _WHOLE
    # A rescue that broke off may be undone by the deletion only, and a vGPU
    # be made at the next start.
    most = all(mine[table] <= _RESCUED.get(table, 0) for table in mine)
    return most and (is_deletion or mine.get('VM') == 1)


def too_many_sessions(cloud, most):
    """A sentence if there are more sessions than the driver may have."""
    found = len(cloud.rows('session')) - cloud.lost_sessions()
    if found > most:
        yield f'{found} sessions, and at most {most} are known to the driver'
