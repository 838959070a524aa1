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

"""What disks going in and out over HTTP have in common (importexport.ml)."""

import contextlib

from nova_vgpu_ext.sandbox.xapi import boot_checks
from nova_vgpu_ext.sandbox.xapi import vbds
from nova_vgpu_ext.sandbox.xapi.failure import Failure
from nova_vgpu_ext.sandbox.xapi.failure import internal

_FORMATS = ('raw', 'vhd')


class Refused(Exception):
    """The HTTP status and headers of a request that goes no further."""

    def __init__(self, status, **headers):
        super().__init__(status)
        self.status = status
        self.headers = headers


class Bad(Exception):
    """A request that can't be answered: HTTP status and reason."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status
        self.reason = reason


def task_of(request):
    """The task that the request names; no task has an empty name."""
    return request.query.get('task_id', '')


def format_of(request):
    """The format that the disk has on its way."""
    return request.query.get('format', 'raw')


def check_session(pool, request):
    """:raises Refused: 401, if the request comes without a valid session"""
    if not pool.sessions.valid(request.query.get('session_id')):
        header = {'WWW-Authenticate': 'Basic realm="xapi"'}
        raise Refused(401, **header)


def open_request(pool, host, request):
    """The disk that a request is about, None if it is to be made.

    :raises Refused: if it isn't for this host to answer
    """
    check_session(pool, request)
    vdi = _find_disk(pool, request)
    _check_here(pool, host, request, find_storage(pool, vdi, request))
    return vdi


def _find_disk(pool, request):
    named = request.query.get('vdi')
    if named is None or pool.db.has('VDI', named):
        return named
    found = pool.db.find('VDI', uuid=named)
    if not found:
        raise Refused(500)
    return found[0]


def find_storage(pool, vdi, request):
    """The storage of a disk, or that which the request names."""
    if vdi is not None:
        return pool.db.row('VDI', vdi)['SR']
    sr = request.query.get('sr_id')
    if pool.db.has('SR', sr):
        return sr
    found = pool.db.find('SR', uuid=request.query.get('sr_uuid'))
    if not found:
        pool.tasks.fail(task_of(request), Failure('VDI_MISSING'))
        raise Refused(400)
    return found[0]


def _check_here(pool, host, request, sr):
    """:raises Refused: 302 to a host that sees the storage"""
    if boot_checks.sees_sr(pool.db, host, sr):
        return
    for other, row in pool.db.tables['host'].items():
        live = boot_checks.is_live(pool.db, other)
        if live and boot_checks.sees_sr(pool.db, other, sr):
            where = f'https://{row["address"]}{request.path}'
            raise Refused(302, Location=where)
    pool.tasks.fail(task_of(request), Failure('SR_HAS_NO_PBDS', sr))
    raise Refused(400)


@contextlib.contextmanager
def told(pool, request):
    """What goes wrong before the answer is told to the task as well."""
    try:
        yield
    except Bad as bad:
        pool.tasks.fail(task_of(request), internal(bad.reason))
        raise Refused(bad.status) from None
    except Failure as failure:
        pool.tasks.fail(task_of(request), failure)
        raise Refused(500) from None


def end(pool, act, task, result):
    """Say on the task how it went; the lock isn't held."""
    with pool.lock:
        act(task, result)


def check_format(request):
    """:raises Bad: if the simulator can't read or write the format"""
    kind = format_of(request)
    if kind not in _FORMATS:
        raise Bad(404, f'Unknown format {kind}')
    if 'chunked' in request.query:
        raise Bad(404, 'Cannot handle chunked VHD')


def plug(pool, host, vdi, mode):
    """Plug a disk into the host's control domain."""
    control = pool.db.row('host', host)['control_domain']
    vbd = pool.db.create(
        'VBD',
        VM=control,
        VDI=vdi,
        userdevice='autodetect',
        mode=mode,
        type='Disk',
    )
    try:
        vbds.check_attachable(pool.db, vbd)
    except Failure:
        pool.db.destroy('VBD', vbd)
        raise
    pool.db.write('VBD', vbd, currently_attached=True)
    return vbd
