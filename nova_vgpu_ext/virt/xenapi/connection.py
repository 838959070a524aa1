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


"""One session with a XenServer pool, through the XenAPI bindings."""

import socket

import XenAPI
from oslo_log import log as logging
from oslo_utils import netutils

from nova_vgpu_ext.virt.xenapi import errors
from nova_vgpu_ext.virt.xenapi import transport

LOG = logging.getLogger(__name__)

ORIGINATOR = 'nova-vgpu-ext'

_API_VERSION = '1.0'
_MOST_HOPS = 3  # a pool whose members point at each other
_NOT_THE_COORDINATOR = 'HOST_IS_SLAVE'
_LOG_OUT = 'session.logout'


def is_read(method):
    """Whether a call changes nothing, so that it may be repeated."""
    return method.partition('.')[2].startswith('get_')


class Connection:
    """A session that is logged in when it is first needed.

    To be used by one thread at a time.

    :param settings: settings.Settings
    :ivar url: of the pool's coordinator, once logged in
    """

    def __init__(self, settings):
        self._settings = settings
        self._api = None
        self._transport = None
        self.url = None

    @property
    def handle(self):
        """The session reference: a secret, as good as the password."""
        return self._api.handle

    def call(self, method, args, timeout=None):
        """Make a call, once.

        It is sent again only where XenServer certainly has not done it:
        where there was no connection, no session, or the host was not the
        pool's coordinator.

        :param timeout: seconds, if not those of the settings
        :raises Unreachable: if nobody answers or lets us in
        :raises ConnectionBroke: if it isn't known whether it was done
        :raises Refused: if XenServer says no
        """
        if self._api is None:
            self._log_in(self._settings.url)
        try:
            return self._send(method, args, timeout)
        except errors.Refused as error:
            if error.refusal != _NOT_THE_COORDINATOR:
                raise
            self._log_in(self._sibling(error.parameters[0]))
        except errors.Unreachable:
            self._log_in(self._settings.url)
        return self._send(method, args, timeout)

    def _send(self, method, args, timeout):
        if not is_read(method):
            # A connection that lay idle may be dead. Over a new one, what
            # breaks broke after XenServer had got the call.
            self._transport.close()
        self._transport.timeout = timeout or self._settings.running_timeout
        try:
            return self._api.xenapi_request(method, tuple(args))
        except XenAPI.Failure as failure:
            details = self._without_secrets(failure.details)
            raise errors.Refused(method, details) from None
        except transport.NotConnected as error:
            raise self._unreachable(self.url, error.error) from None
        except transport.BROKEN as error:
            self._transport.close()
            raise errors.ConnectionBroke(
                method=method, reason=type(error).__name__
            ) from None

    def _without_secrets(self, details):
        secrets = {self._settings.password, self._api.handle} - {None, ''}
        cleaned = [str(value) for value in details]
        for secret in secrets:
            cleaned = [value.replace(secret, '***') for value in cleaned]
        return cleaned

    # Logging in

    def _log_in(self, url):
        for _ in range(_MOST_HOPS):
            coordinator = self._try_log_in(url)
            if coordinator is None:
                return
            url = self._sibling(coordinator)
        raise errors.Unreachable(
            f'No member of the XenServer pool of {self._settings.url} '
            'is its coordinator now.'
        )

    def _try_log_in(self, url):
        """:returns: the coordinator's address if this host isn't it"""
        carrier = transport.xmlrpc_transport(url, self._settings)
        carrier.timeout = self._settings.login_timeout
        api = XenAPI.Session(url, transport=carrier)
        try:
            self._authenticate(api)
        except XenAPI.Failure as failure:
            if failure.details[0] == _NOT_THE_COORDINATOR:
                return failure.details[1]
            raise self._shut_out(url, failure.details[0]) from None
        except transport.NotConnected as error:
            raise self._unreachable(url, error.error) from None
        except OSError as error:
            raise self._unreachable(url, error) from None
        except transport.BROKEN as error:
            raise errors.Unreachable(
                f'What answers at {url} is no XenServer host '
                f'({type(error).__name__}).'
            ) from None
        former = self._api, self._transport
        self._api, self._transport, self.url = api, carrier, url
        self._end(*former)
        return None

    def _end(self, api, carrier):
        """End a session that isn't used any more, in case it is good yet.

        A host that was cut off for a while, or is no longer the pool's
        coordinator, may know it all the same.
        """
        if api is None:
            return
        carrier.close()
        try:
            getattr(self._api, _LOG_OUT)(api.handle)
        except (transport.NotConnected, *transport.BROKEN):
            LOG.debug('A former session with XenServer could not be ended')

    def _authenticate(self, api):
        account = self._settings.username, self._settings.password
        originator = f'{ORIGINATOR} on {socket.gethostname()}'
        try:
            api.login_with_password(*account, _API_VERSION, originator)
        except XenAPI.Failure as failure:
            if failure.details[0] != 'MESSAGE_PARAMETER_COUNT_MISMATCH':
                raise
            # Before XenServer 6.2 there was no originator.
            api.login_with_password(*account, _API_VERSION)

    def _shut_out(self, url, code):
        if code == 'SESSION_AUTHENTICATION_FAILED':
            reason = (
                f'XenServer at {url} does not accept user '
                f'{self._settings.username!r} with this password: correct '
                '[xenserver] connection_username and connection_password.'
            )
        else:
            reason = f'XenServer at {url} lets nobody log in now ({code}).'
        return errors.Unreachable(reason)

    def _unreachable(self, url, error):
        return errors.Unreachable(
            f'XenServer at {url} can not be reached: {transport.why(error)}.'
        )

    def _sibling(self, address):
        """The URL of another host of the pool."""
        scheme = self._settings.url.partition(':')[0]
        if netutils.is_valid_ipv6(address):
            address = f'[{address}]'
        return f'{scheme}://{address}'

    def log_out(self):
        """End the session, as far as that is possible."""
        # Taken first: the bindings can't log out twice, and two threads may
        # close what they found broken.
        api, self._api = self._api, None
        if api is None:
            return
        try:
            self._transport.close()
            api.xenapi_request(_LOG_OUT, ())
        except (XenAPI.Failure, transport.NotConnected, *transport.BROKEN):
            LOG.debug('A session with XenServer could not be ended')
        finally:
            self._transport.close()
