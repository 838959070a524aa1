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


"""Filling a disk over HTTP, byte after byte.

XenServer answers 200 before it takes the data. Whether it took them well is
known from a task alone.
"""

import http.client
import urllib.parse

from oslo_log import log as logging
from oslo_utils import uuidutils

from nova_vgpu_ext.virt.xenapi import errors
from nova_vgpu_ext.virt.xenapi import session as xen_session
from nova_vgpu_ext.virt.xenapi import transport

LOG = logging.getLogger(__name__)

_PATH = '/import_raw_vdi'
_MOST_HOPS = 3


class DiskImport:
    """One import. As a context manager, it ends when the disk is written.

    :param session: session.Session
    :param owner: uuid of the instance whose disk it is
    :param disk: reference of the VDI
    :param form: ``raw`` or ``vhd``
    :param length: how many bytes will come
    """

    def __init__(self, session, owner, disk, form, length):
        self._session = session
        self._settings = session.settings
        # By which its task is found if its reference does not arrive.
        self._label = f'nova-import-{owner}-{uuidutils.generate_uuid()}'
        self._query = {'vdi': disk, 'format': form}
        self._length = length
        self._connection = None
        self._task = None

    def __enter__(self):
        try:
            with self._session.connection() as taken:
                self._task = taken.call('task.create', (self._label, ''))
                # The session has just been good, and stays so for a day.
                url, secret = taken.url, taken.handle
            self._connection = self._open(url, secret)
        except Exception:
            self._forget()
            raise
        return self

    def write(self, data):
        """Send some of the bytes.

        :raises ConnectionBroke: if the other side is gone for no reason
            that its task knows
        """
        try:
            self._connection.sock.sendall(data)
        except OSError as error:
            self._finish()  # raises XenServer's own reason, if it has one
            raise self._broken(error) from None

    def __exit__(self, kind, error, trace):
        try:
            if kind is None:
                self._finish()
        finally:
            self._forget()

    def _finish(self):
        """Wait for the task.

        :raises Refused: with the reason why the disk wasn't written
        """
        for wait in xen_session.Pauses(self._settings.running_timeout):
            task = self._session.call('task.get_record', self._task)
            if task['status'] == 'success':
                return
            if task['status'] in ('failure', 'cancelled'):
                raise errors.Refused(_PATH, task['error_info'])
            if not wait():
                raise self._broken(TimeoutError())

    def _reason(self, status):
        """The task's error, or else the HTTP status."""
        task = self._session.call('task.get_record', self._task)
        return task['error_info'] or [f'HTTP status {status}']

    def _forget(self):
        if self._connection is not None:
            self._connection.close()
        # If its creation was never answered, that may not even have begun.
        lost = self._task is None
        try:
            self._remove_task()
        except (errors.XenServerError, errors.Unreachable) as error:
            LOG.warning('The task of an import is left: %s', error)
            lost = True
        if lost:
            self._session.leftovers.add(self._label, self._remove_task)

    def _remove_task(self):
        found = [self._task]
        if self._task is None:
            found = self._session.call('task.get_by_name_label', self._label)
        for ref in found:
            self._session.remove('task.destroy', ref)

    # HTTP

    def _open(self, url, secret):
        """A connection that waits for the bytes."""
        for _ in range(_MOST_HOPS):
            connection = self._connect(url)
            try:
                status, location = self._ask(connection, secret)
            except transport.BROKEN as error:
                connection.close()
                raise self._broken(error) from None
            if status == http.client.OK:
                return connection
            connection.close()
            if status != http.client.FOUND or not location:
                raise errors.Refused(_PATH, self._reason(status))
            url = self._elsewhere(location)
        raise errors.Refused(_PATH, ['too many redirections'])

    def _connect(self, url):
        try:
            return transport.open_http(url, self._settings)
        except transport.NotConnected as error:
            raise errors.Unreachable(
                f'XenServer at {url} can not be reached: '
                f'{transport.why(error.error)}.'
            ) from None

    def _ask(self, connection, secret):
        """Send the request's head; give back status and location."""
        query = {**self._query, 'task_id': self._task}
        connection.putrequest(
            'PUT',
            f'{_PATH}?{urllib.parse.urlencode(query)}',
            skip_accept_encoding=True,
        )
        # Not in the URL, which servers write to their logs.
        connection.putheader('Cookie', f'session_id={secret}')
        connection.putheader('Content-Length', str(self._length))
        connection.endheaders()
        # Not getresponse(), which would close the connection.
        response = http.client.HTTPResponse(connection.sock, method='PUT')
        response.begin()
        location = response.getheader('Location')
        response.close()
        return response.status, location

    def _elsewhere(self, location):
        """The URL of the host that has the disk, where we are sent to."""
        parts = urllib.parse.urlsplit(location)
        if self._settings.url.startswith('https:') and (
            parts.scheme != 'https'
        ):
            raise errors.Refused(_PATH, ['a redirection out of TLS'])
        return f'{parts.scheme}://{parts.netloc}'

    def _broken(self, error):
        return errors.ConnectionBroke(
            method=_PATH, reason=type(error).__name__
        )
