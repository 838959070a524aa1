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


"""How XML-RPC travels to a XenServer host.

Python's own transport repeats a request whose connection breaks, which
would make two VMs out of one, and waits for ever. These do neither.
"""

import http.client
import os
import socket
import ssl
import urllib.parse
import xml.parsers.expat
import xmlrpc.client

# What a connection that broke, or a peer that isn't XAPI, looks like.
BROKEN = (
    OSError,
    http.client.HTTPException,
    xmlrpc.client.Error,
    xml.parsers.expat.ExpatError,
)


class NotConnected(Exception):
    """There was no connection, so nothing was sent.

    :ivar error: the OSError
    """

    def __init__(self, error):
        super().__init__(type(error).__name__)
        self.error = error


class _Patient:
    """Knows how long to wait; for both transports.

    :ivar timeout: seconds that an answer may take
    """

    def __init__(self, settings, **kwargs):
        super().__init__(**kwargs)
        self._login_timeout = settings.login_timeout
        self.timeout = settings.running_timeout

    def request(self, host, handler, request_body, verbose=False):
        return self.single_request(host, handler, request_body, verbose)

    def make_connection(self, host):
        connection = super().make_connection(host)
        if connection.sock is None:
            connect(connection, self._login_timeout)
        connection.sock.settimeout(self.timeout)
        return connection


class HTTPTransport(_Patient, xmlrpc.client.Transport):
    pass


class HTTPSTransport(_Patient, xmlrpc.client.SafeTransport):
    pass


def xmlrpc_transport(url, settings):
    """A transport for one connection at a time.

    :param settings: settings.Settings
    """
    if url.startswith('https:'):
        return HTTPSTransport(settings, context=tls_context(settings))
    return HTTPTransport(settings)


def tls_context(settings):
    """The ssl.SSLContext that checks certificates as the settings say."""
    context = ssl.create_default_context(cafile=settings.cafile)
    if settings.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def connect(connection, timeout):
    """Connect an http.client.HTTPConnection.

    :raises NotConnected: if that isn't done in so many seconds
    """
    connection.timeout = timeout
    try:
        connection.connect()
    except OSError as error:
        connection.close()
        raise NotConnected(error) from None


def open_http(url, settings):
    """A connected http.client.HTTPConnection, or the one over TLS.

    :raises NotConnected: if nobody answers at the URL
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == 'https':
        connection = http.client.HTTPSConnection(
            parts.netloc, context=tls_context(settings)
        )
    else:
        connection = http.client.HTTPConnection(parts.netloc)
    connect(connection, settings.login_timeout)
    connection.sock.settimeout(settings.running_timeout)
    return connection


def why(error):
    """What to say of an OSError that kept us from connecting."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f'its certificate is not trusted ({error.verify_message}): let '
            '[xenserver] cafile name a file with that certificate, or with '
            "its authority's"
        )
    if isinstance(error, ssl.SSLError):
        return (
            'it does not speak TLS: see whether [xenserver] connection_url '
            'has the right scheme and port'
        )
    if isinstance(error, socket.gaierror):
        return 'its name can not be resolved'
    if isinstance(error, TimeoutError):
        return 'it does not answer in time'
    if error.errno:  # eventlet sets no strerror
        return os.strerror(error.errno).lower()
    return type(error).__name__
