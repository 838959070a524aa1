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

"""A pool's state, to be kept from one run of the simulator to the next."""

from nova_vgpu_ext.sandbox.xapi import vm_operations

# They end with the server.
_FLEETING = ('session', 'task', 'event')


def taken(pool):
    """What is to be kept of a pool, but for its disks; JSON can hold it."""
    tables = pool.snapshot()
    kept = {name: tables[name] for name in tables if name not in _FLEETING}
    return {'domains': pool.domains, 'tables': kept}


def restore(pool, state):
    """Let a pool be what another one was.

    :param pool: made of the same description, and not served yet
    :param state: of :func:`taken`
    """
    with pool.lock:
        # The seed would give the uuids again that there are already.
        pool.random.seed()
        pool.domains = state['domains']
        pool.db.restore(state['tables'])
        for vm, row in pool.db.tables['VM'].items():
            if not row['current_operations']:
                continue
            pool.db.write('VM', vm, current_operations={})
            vm_operations.update_allowed(pool.db, vm)
