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


"""VNC consoles of instances, for Nova's VNC proxy.

XenServer shows a console over TLS to who has a session. The proxy can do
neither, and a session in its hands would end up in database and logs. So
the proxy connects here, and shows a ticket that is good for one VM.
"""

import contextlib
import selectors
import socket
import threading
import time
import typing
import urllib.parse

import nova.conf
from oslo_log import log as logging
from oslo_utils import uuidutils

from nova_vgpu_ext.virt.xenapi import errors
from nova_vgpu_ext.virt.xenapi import transport

CONF = nova.conf.CONF
LOG = logging.getLogger(__name__)

_MOST_HEAD = 4096  # bytes
_CHUNK = 65536
_END = b'\r\n\r\n'
_WELCOME = b'HTTP/1.1 200 OK' + _END
_NO_ENTRY = b'HTTP/1.1 403 Forbidden' + _END

# However one side may leave, that is no error of ours.
_ENDS = (errors.XenServerError, errors.Unreachable, *transport.BROKEN)


class _Ticket(typing.NamedTuple):
    location: str
    expires: float


class Consoles:
    """Listens for Nova's VNC proxy, from the first ticket on.

    :param session: session.Session
    """

    def __init__(self, session):
        self._session = session
        self._listener = None
        self._lock = threading.Lock()
        self._tickets = {}

    def admit(self, location):
        """(port, path) by which the proxy reaches a console.

        :param location: the URL that XenServer gives for the console
        """
        # Random enough for a secret, and of the form that Nova's API expects.
        path = uuidutils.generate_uuid()
        now = time.monotonic()
        with self._lock:
            if self._listener is None:
                self._listen()
            self._tickets = {
                known: ticket
                for known, ticket in self._tickets.items()
                if ticket.expires > now
            }
            expires = now + CONF.consoleauth.token_ttl
            self._tickets[path] = _Ticket(location, expires)
        return self._listener.getsockname()[1], path

    def close(self):
        """Take no more connections."""
        with self._lock:
            if self._listener is not None:
                with contextlib.suppress(OSError):
                    self._listener.shutdown(socket.SHUT_RDWR)
                self._listener.close()
                self._listener = None

    def _listen(self):
        self._listener = socket.create_server((CONF.vnc.server_listen, 0))
        self._spawn(self._accept, self._listener)

    def _spawn(self, function, *args):
        threading.Thread(target=function, args=args, daemon=True).start()

    def _accept(self, listener):
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = listener.accept()
                self._spawn(self._serve, client)

    def _serve(self, client):
        """Join one client with the console that its ticket is for."""
        with client:
            try:
                console = self._open(client)
                if console is None:
                    client.sendall(_NO_ENTRY)
                    return
                with contextlib.closing(console):
                    client.sendall(_WELCOME)
                    _join(client, console.sock)
            except _ENDS as error:
                LOG.debug('A console has ended: %s', type(error).__name__)
            except transport.NotConnected as error:
                LOG.warning(
                    'A console can not be reached: %s',
                    transport.why(error.error),
                )

    def _open(self, client):
        """A connection to the console that a client may see, or None."""
        client.settimeout(self._session.settings.login_timeout)
        words = _head(client).split(b'\r\n')[0].decode('latin-1').split()
        path = words[1] if len(words) == 3 else ''
        with self._lock:
            ticket = self._tickets.get(path)
        if ticket is None or ticket.expires < time.monotonic():
            return None
        return self._connect(ticket.location)

    def _connect(self, location):
        # A cheap call makes sure that there is a session, and a good one.
        with self._session.connection() as taken:
            taken.call('pool.get_all', ())
            secret = taken.handle
        parts = urllib.parse.urlsplit(location)
        console = transport.open_http(location, self._session.settings)
        request = (
            f'CONNECT {parts.path}?{parts.query} HTTP/1.1\r\n'
            f'Host: {parts.netloc}\r\nCookie: session_id={secret}'
        )
        console.sock.sendall(request.encode() + _END)
        answer = _head(console.sock).split(b'\r\n')[0]
        if b' 200 ' not in answer + b' ':
            console.close()
            return None
        return console


def _head(sock):
    """What comes up to the first empty line, and nothing of what follows."""
    head = b''
    while not head.endswith(_END):
        byte = sock.recv(1)
        if not byte or len(head) >= _MOST_HEAD:
            raise ConnectionError
        head += byte
    return head


def _join(one, other):
    """Carry bytes both ways until one side ends."""
    to = {one: other, other: one}
    for sock in to:
        sock.settimeout(None)
    with selectors.DefaultSelector() as selector:
        for sock in to:
            selector.register(sock, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                data = _available(key.fileobj)
                if not data:
                    return
                to[key.fileobj].sendall(data)


def _available(sock):
    """All that a socket has got, which TLS may keep from the selector."""
    data = sock.recv(_CHUNK)
    while data and hasattr(sock, 'pending') and sock.pending():
        data += sock.recv(_CHUNK)
    return data
