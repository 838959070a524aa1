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

"""Disk images in over HTTP (import_raw_vdi.ml)."""

from nova_vgpu_ext.sandbox.xapi import disks
from nova_vgpu_ext.sandbox.xapi import storage
from nova_vgpu_ext.sandbox.xapi import transfers
from nova_vgpu_ext.sandbox.xapi import vhd
from nova_vgpu_ext.sandbox.xapi.failure import Failure


def receive(pool, host, request):
    """Write the body of a PUT on a disk.

    Once the disk is found the answer is 200; how it went only the task says.

    :param host: reference of the pool member
    :param request: httpd.Request
    :raises transfers.Refused: if nothing of the body is wanted
    """
    with pool.lock:
        vdi = transfers.open_request(pool, host, request)
        with transfers.told(pool, request):
            transfers.check_format(request)
            _check_encoding(request)
            vdi = vdi or _new_disk(pool, request)
    task = transfers.task_of(request)
    request.begin(200, **{'task-id': task})
    try:
        _store(pool, host, vdi, request)
    except Failure as failure:
        transfers.end(pool, pool.tasks.fail, task, failure)
    else:
        transfers.end(pool, pool.tasks.complete, task, vdi)


def _check_encoding(request):
    encoding = request.headers.get('Transfer-Encoding')
    if encoding:
        raise transfers.Bad(404, f'Cannot handle encoding: {encoding}')
    if request.length is None:
        raise transfers.Bad(400, 'Not enough info supplied to import')


def _new_disk(pool, request):
    if transfers.format_of(request) != 'raw':
        raise transfers.Bad(
            400, 'Importing a VHD directly into an SR not yet supported'
        )
    return storage.create(
        pool,
        SR=transfers.find_storage(pool, None, request),
        virtual_size=request.length,
        name_label='Imported VDI',
        type='user',
    )


def _store(pool, host, vdi, request):
    with pool.lock:
        vbd = transfers.plug(pool, host, vdi, 'RW')
        row = dict(pool.db.row('VDI', vdi))
        sr = pool.db.row('SR', row['SR'])
        left = sr['physical_size'] - sr['physical_utilisation']
    try:
        taken = _write(pool, row, request)
    except (disks.Full, vhd.Unreadable, ConnectionError):
        raise Failure('VDI_IO_ERROR', 'Device I/O errors') from None
    finally:
        with pool.lock:
            pool.db.destroy('VBD', vbd)
    with pool.lock:
        if not storage.is_thick(pool.db, row['SR']):
            if taken > left:
                raise Failure('VDI_IO_ERROR', 'Device I/O errors')
            storage.set_size(pool.db, vdi, row['virtual_size'], taken)


def _write(pool, row, request):
    """Write the body; return how much space it takes.

    :raises Full: if the disk is too small
    :raises Unreadable: if it isn't of the format that the request says
    """
    reader = _Reader(pool, request)
    with pool.disks.writer(row['uuid'], row['virtual_size']) as writer:
        if transfers.format_of(request) == 'vhd':
            vhd.unpack(reader.read, writer)
        while reader.left:
            piece = reader.read(min(reader.left, disks.PIECE))
            if transfers.format_of(request) == 'raw':
                writer.write(piece)
        return writer.taken


class _Reader:
    """Reads a body, and shows how far it has come on the task."""

    def __init__(self, pool, request):
        self._pool = pool
        self._request = request
        self._task = transfers.task_of(request)
        self.left = request.length

    def read(self, count):
        """Just so many bytes.

        :raises Unreadable: if the body has fewer
        :raises ConnectionError: if the client has gone
        :raises Failure: TASK_CANCELLED
        """
        if count > self.left:
            raise vhd.Unreadable('It ends too early.')
        piece = self._request.read(count)
        if len(piece) < count:
            raise ConnectionResetError
        self.left -= count
        self._show()
        return piece

    def _show(self):
        with self._pool.lock:
            self._pool.tasks.check(self._task)
            if self._pool.db.has('task', self._task):
                progress = 1 - self.left / max(self._request.length, 1)
                self._pool.db.write(
                    'task', self._task, progress=round(progress, 1)
                )
