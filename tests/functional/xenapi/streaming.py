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


"""Let a big image through, and print how much memory that took in MiB.

    python streaming.py BYTES

A process of its own, since the peak of memory never goes down again.
"""

import resource
import sys
import types
from unittest import mock

from oslo_utils.fixture import uuidsentinel as uuids

from nova_vgpu_ext.sandbox.xapi import pools
from nova_vgpu_ext.sandbox.xapi import server
from nova_vgpu_ext.virt.xenapi import hosts
from nova_vgpu_ext.virt.xenapi import images
from nova_vgpu_ext.virt.xenapi import session
from nova_vgpu_ext.virt.xenapi import settings
from nova_vgpu_ext.virt.xenapi import storage

_PIECE = bytes(64 * 1024)


class _Glance:
    """Has one image, of any size."""

    def __init__(self, size):
        self._size = size

    def download(self, context, image_id, data, trusted_certs):
        left = self._size
        while left:
            piece = _PIECE[:left]
            data.write(piece)
            left -= len(piece)


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def fetch(simulator, size):
    """Fetch an image of so many bytes to a new disk of the pool."""
    xen = session.Session(
        settings.Settings(
            url=simulator.url(),
            username='root',
            password=simulator.pool.settings.password,
            host_uuid=None,
            cafile=simulator.ca_file,
            insecure=False,
            connections=2,
            login_timeout=10,
            running_timeout=60,
            sr_key=None,
            sr_value=None,
        )
    )
    host = hosts.find(xen)
    disks = storage.Disks(xen, storage.find_repository(xen, host), host)
    image = types.SimpleNamespace(id='big', size=size, disk_format='raw')
    instance = types.SimpleNamespace(
        uuid=uuids.one, name='one', trusted_certs=None
    )
    with mock.patch('nova.image.glance.API', lambda: _Glance(size)):
        images.fetch(None, image, instance, disks, xen, storage.RESCUE)
    xen.close()


def main(size):
    with server.Simulator(pools.parse({'hosts': [{'name': 'h1'}]})) as there:
        fetch(there, 1000)
        before = peak()
        fetch(there, size)
    print(peak() - before)


if __name__ == '__main__':
    main(int(sys.argv[1]))
