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

"""Memory of hosts and VMs, in bytes."""

MIB = 1024**2
# Shadow page tables and the device model; XAPI's own formula has more terms.
_OVERHEAD_SHARE = 128


def overhead(static_max):
    """What a VM takes of its host beyond its own memory."""
    return static_max // _OVERHEAD_SHARE // MIB * MIB + 2 * MIB


def needed(db, vm):
    """What a host must have free for a VM to start."""
    row = db.row('VM', vm)
    return row['memory_dynamic_min'] + overhead(row['memory_static_max'])


def free(db, host):
    """What a host has left for VMs."""
    row = db.row('host', host)
    total = db.row('host_metrics', row['metrics'])['memory_total']
    vms = {
        *row['resident_VMs'],
        *db.find('VM', scheduled_to_be_resident_on=host),
    }
    used = sum(_taken(db.row('VM', vm)) for vm in vms)
    return max(total - row['memory_overhead'] - used, 0)


def _taken(row):
    if row['is_control_domain']:
        return row['memory_static_max']
    return row['memory_dynamic_max'] + overhead(row['memory_static_max'])


def update(db, host):
    """Bring what the host's metrics say up to date."""
    if db.has('host', host):
        metrics = db.row('host', host)['metrics']
        db.write('host_metrics', metrics, memory_free=free(db, host))
