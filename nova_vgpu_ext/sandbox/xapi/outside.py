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

"""What happens to a pool without anybody calling XAPI."""

from nova_vgpu_ext.sandbox.xapi import vm_domain


def crash(pool, vm):
    """A VM ends by itself, or its guest shuts down.

    :param vm: reference
    """
    with pool.lock:
        vm_domain.leave(pool, vm, 'Halted')
        pool.lock.notify_all()


def reboot(pool, uuid):
    """A host reboots: no VM runs on it any more, all are still there.

    :param uuid: of the host
    """
    with pool.lock:
        host = _host(pool, uuid)
        for vm in pool.db.row('host', host)['resident_VMs']:
            if not pool.db.row('VM', vm)['is_control_domain']:
                vm_domain.leave(pool, vm, 'Halted')
        pool.lock.notify_all()


def take_offline(pool, uuid):
    """A host is lost, and nobody knows what has become of its VMs."""
    with pool.lock:
        metrics = pool.db.row('host', _host(pool, uuid))['metrics']
        pool.db.write('host_metrics', metrics, live=False)
        pool.lock.notify_all()


def _host(pool, uuid):
    return pool.db.find('host', uuid=uuid)[0]
