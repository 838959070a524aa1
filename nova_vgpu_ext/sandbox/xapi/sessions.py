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

"""Logging in and out (xapi_session.ml, session_check.ml)."""

from nova_vgpu_ext.sandbox.xapi import handlers
from nova_vgpu_ext.sandbox.xapi.failure import Failure


class Sessions:
    """Which sessions there are, and what they are good for."""

    def __init__(self, pool):
        self._pool = pool

    def log_in(self, name, password, host, originator=''):
        """A new session.

        :raises Failure: HOST_IS_SLAVE, SESSION_AUTHENTICATION_FAILED
        """
        pool = self._pool
        self._refuse_on_slave(host)
        settings = pool.settings
        if (name, password) != (settings.username, settings.password):
            raise Failure(
                'SESSION_AUTHENTICATION_FAILED', name, 'Authentication failure'
            )
        return pool.db.create(
            'session',
            this_host=host,
            last_active=pool.now(),
            validation_time=pool.now(),
            is_local_superuser=True,
            auth_user_name=name,
            originator=originator,
        )

    def check(self, session, host):
        """The session, if calls may be made with it on this host.

        :raises Failure: SESSION_INVALID, HOST_IS_SLAVE
        """
        if not self.valid(session):
            raise Failure('SESSION_INVALID', session)
        self._refuse_on_slave(host)
        return session

    def valid(self, session):
        """Is there such a session?"""
        return isinstance(session, str) and self._pool.db.has(
            'session', session
        )

    def forget(self, session):
        """Log a session out, or let it time out."""
        if self.valid(session):
            self._pool.db.destroy('session', session)

    def _refuse_on_slave(self, host):
        master = self._pool.master
        if host != master:
            raise Failure(
                'HOST_IS_SLAVE', self._pool.db.row('host', master)['address']
            )


class Session(handlers.Handlers):
    """The calls of class session."""

    def login_with_password(
        self, call, name, password, version, originator=''
    ):
        return self.pool.sessions.log_in(name, password, call.host, originator)

    def logout(self, call):
        self.pool.sessions.forget(call.session)

    def change_password(self, call, old, new):
        if old != self.pool.settings.password:
            raise Failure(
                'SESSION_AUTHENTICATION_FAILED',
                self.pool.settings.username,
                'Authentication failure',
            )
        self.pool.settings.password = new
