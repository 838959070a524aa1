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

"""The HTTP side of one pool member, with or without TLS on one port."""

import contextlib
import http.server
import logging
import socket
import threading
import urllib.parse
import xml.parsers.expat
import xmlrpc.client

from nova_vgpu_ext.sandbox.xapi import exports
from nova_vgpu_ext.sandbox.xapi import faults
from nova_vgpu_ext.sandbox.xapi import imports
from nova_vgpu_ext.sandbox.xapi import transfers

ADDRESS = '127.0.0.1'
# Seconds that stopping may take.
_POLL = 0.02
_TLS_HANDSHAKE = b'\x16'
_BANNER = b'RFB 003.003\n'
LOG = logging.getLogger(__name__)


class Member(http.server.ThreadingHTTPServer):
    """Listens on a port of the loopback address from the start on.

    :param respond: server.Responder of this member
    :param tls: ssl.SSLContext
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, respond, tls, port=0):
        self.respond = respond
        self._tls = tls
        self._open = set()
        self._serves = False
        self._lock = threading.Lock()
        super().__init__((ADDRESS, port), _Handler)

    @property
    def address(self):
        """Name and port, as XAPI's redirections have them."""
        return f'{ADDRESS}:{self.server_port}'

    def start(self):
        """Serve, in threads of its own."""
        self._serves = True
        threading.Thread(
            target=self.serve_forever, args=(_POLL,), daemon=True
        ).start()

    def stop(self):
        """Close the port and all connections."""
        # One that never served would wait for ever.
        if self._serves:
            self.shutdown()
        self.server_close()
        with self._lock:
            for connection in list(self._open):
                _shut(connection)

    def verify_request(self, request, client_address):
        """Whether to serve a connection."""
        return not self.respond.is_cut_off

    def finish_request(self, request, client_address):
        """Serve one connection, in a thread of its own."""
        with self._kept(request):
            if request.recv(1, socket.MSG_PEEK) != _TLS_HANDSHAKE:
                super().finish_request(request, client_address)
                return
            wrapped = self._tls.wrap_socket(request, server_side=True)
        with self._kept(wrapped):
            super().finish_request(wrapped, client_address)

    @contextlib.contextmanager
    def _kept(self, connection):
        """Remember a connection, so that it can be closed from outside."""
        with self._lock:
            self._open.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(connection)
            _shut(connection)

    def handle_error(self, request, client_address):
        """Clients go away as they please; that is no error of ours."""
        LOG.debug('A connection has ended early', exc_info=True)


def _shut(connection):
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


class Request:
    """A transfer, as :mod:`transfers` sees it.

    :ivar path: with the query
    :ivar query: {key: value}, of the URL and of cookies
    :ivar length: of the body, None if unknown
    """

    def __init__(self, handler):
        self._handler = handler
        self._until_cut = None
        self.path = handler.path
        self.headers = handler.headers
        parts = urllib.parse.urlsplit(handler.path)
        cookies = self.headers.get('Cookie', '').replace('; ', '&')
        self.query = {
            **dict(urllib.parse.parse_qsl(cookies)),
            **dict(urllib.parse.parse_qsl(parts.query, True)),
        }
        length = self.headers.get('Content-Length', '')
        self.length = int(length) if length.isdigit() else None

    def cut(self, count):
        """Break the connection off after so many bytes of the body."""
        self._until_cut = count

    def read(self, count):
        """So many bytes of the body, fewer if the client has gone."""
        if self._until_cut is not None:
            count = min(count, self._until_cut)
            self._until_cut -= count
        return self._handler.rfile.read(count)

    def begin(self, status, **headers):
        """Send status and headers; the connection ends with the answer."""
        handler = self._handler
        handler.close_connection = True
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header('Connection', 'close')
        handler.end_headers()
        handler.wfile.flush()

    def write(self, piece):
        """Send a part of the body."""
        self._handler.wfile.write(piece)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        try:
            parameters, method = xmlrpc.client.loads(body)
        except (xml.parsers.expat.ExpatError, xmlrpc.client.Error):
            self.send_error(400)
            return
        self._guard(lambda: self._answer(method, parameters))

    def do_PUT(self):
        self._transfer('/import_raw_vdi', imports.receive)

    def do_GET(self):
        self._transfer('/export_raw_vdi', exports.send)

    def do_CONNECT(self):
        """Greet as a virtual screen does; there is nothing to be seen."""
        self._transfer('/console', self._show_console)

    def _answer(self, method, parameters):
        answer = self.server.respond.call(method, parameters)
        body = xmlrpc.client.dumps((answer,), methodresponse=True).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'text/xml')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _transfer(self, path, act):
        if urllib.parse.urlsplit(self.path).path != path:
            self.send_error(404)
            return
        request = Request(self)
        name = f'{self.command} {path}'
        self._guard(lambda: self.server.respond.transfer(name, act, request))

    def _guard(self, act):
        try:
            act()
        except faults.Dropped:
            self.close_connection = True
            # Nothing that is still in the buffer may leave.
            _shut(self.connection)

    def _show_console(self, pool, host, request):
        with pool.lock:
            transfers.check_session(pool, request)
            uuid = request.query.get('uuid')
            if not pool.db.find('console', uuid=uuid):
                raise transfers.Refused(404)
        request.begin(200)
        request.write(_BANNER)
        self.wfile.flush()
        request.read(len(_BANNER))

    def log_message(self, format, *args):
        """Keep sessions, which stand in paths, out of all logs."""
