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

"""The HTTP server that all services share."""

import logging
import threading

from cheroot import wsgi

from nova_vgpu_ext.sandbox import config
from nova_vgpu_ext.sandbox import dispatcher
from nova_vgpu_ext.sandbox import errors

THREADS = 20
LOG = logging.getLogger(__name__)


class Server(dispatcher.Dispatcher):
    """A dispatcher that listens on a port of the loopback address."""

    def __init__(self, port):
        """Take the port; nothing is served before :meth:`start`.

        :param port: 0 for any that is free
        :raises SandboxError: the port is in use, or not ours to take
        """
        super().__init__()
        self._server = wsgi.Server(
            (config.ADDRESS, port), self, numthreads=THREADS
        )
        self._server.error_log = _log
        try:
            self._server.prepare()
        except OSError as error:
            raise errors.SandboxError(
                f"Port {port} on {config.ADDRESS} can't be used, perhaps "
                'another program has it: give a free one by --port.'
            ) from error

    @property
    def url(self):
        """Of the whole sandbox, without a path."""
        return f'http://{config.ADDRESS}:{self._server.bind_addr[1]}'

    def start(self):
        """Serve, in threads of its own."""
        threading.Thread(target=self._server.serve, daemon=True).start()

    def stop(self):
        """Close the port."""
        self._server.stop()


def _log(message='', level=logging.INFO, traceback=False):
    LOG.log(level, '%s', message, exc_info=traceback)
