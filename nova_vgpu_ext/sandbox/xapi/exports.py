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

"""Disk images out over HTTP (export_raw_vdi.ml)."""

from nova_vgpu_ext.sandbox.xapi import transfers
from nova_vgpu_ext.sandbox.xapi import vhd


def send(pool, host, request):
    """Answer a GET with what is on a disk.

    :raises transfers.Refused: if there is nothing to send
    """
    with pool.lock:
        vdi = transfers.open_request(pool, host, request)
        with transfers.told(pool, request):
            transfers.check_format(request)
            vbd = transfers.plug(pool, host, vdi, 'RO')
        row = dict(pool.db.row('VDI', vdi))
    try:
        request.begin(200)
        for piece in _content(pool, row, request):
            request.write(piece)
    finally:
        with pool.lock:
            pool.db.destroy('VBD', vbd)
    task = transfers.task_of(request)
    transfers.end(pool, pool.tasks.complete, task, '')


def _content(pool, row, request):
    """The disk's contents in the format that is asked for."""
    size = row['virtual_size']
    if transfers.format_of(request) == 'raw':
        return pool.disks.pieces(row['uuid'], size)
    return vhd.pack(lambda: pool.disks.pieces(row['uuid'], size), size)
