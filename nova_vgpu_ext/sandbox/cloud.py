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

"""Starting and stopping all services, in this process.

Nova must be imported late and in the right order: first its threading
backend is chosen, then the configuration is read, which loads the
extension, and only then come the modules that use it.
"""

import logging
import os
import sys
import threading
import time
import uuid

from nova_vgpu_ext.sandbox import config
from nova_vgpu_ext.sandbox import empty
from nova_vgpu_ext.sandbox import identity
from nova_vgpu_ext.sandbox import image
from nova_vgpu_ext.sandbox import sqlite

CONTROLLER = 'controller'
STOP_SECONDS = 10
LOG = logging.getLogger(__name__)


class Cloud:
    """The services of one sandbox."""

    def __init__(self, layout, hosts, hypervisors, server):
        """Nothing is started yet.

        :param hosts: names of the compute hosts
        :param hypervisors: xen_hosts.XenHosts or fake_hosts.FakeHosts
        :param server: the httpd.Server that all HTTP services share
        """
        self._layout = layout
        self._hosts = hosts
        self._hypervisors = hypervisors
        self._server = server
        self._services = []

    def stages(self):
        """(title, function) of each step of the start, in order."""
        yield 'Nova', import_nova
        yield from self._hypervisors.stages()
        yield 'configuration', self._configure
        yield 'stand-ins for Keystone, Glance, Neutron, Cinder', self._stand_in
        yield 'Placement', self._placement
        yield 'databases', self._databases
        yield 'nova-conductor', lambda: self._service('conductor', CONTROLLER)
        yield 'nova-scheduler', lambda: self._service('scheduler', CONTROLLER)
        for host in self._hosts:
            yield f'nova-compute on {host}', lambda h=host: self._compute(h)
        yield 'nova-api', self._api

    def _configure(self):
        driver = self._hypervisors.sections()
        config.write(self._layout, self._server.url, driver)
        _write_once(self._layout.state / 'compute_id', f'{uuid.uuid4()}\n')
        sqlite.install()
        load_configuration(self._layout)

    def _stand_in(self):
        self._server.mount('identity', identity.Identity(self._server.url))
        files = self._layout.images, self._layout.image_files
        self._server.mount('image', image.Image(*files))
        self._server.mount('network', empty.Network())
        self._server.mount('volume', empty.BlockStorage())
        self._server.start()

    def _placement(self):
        import nova.conf
        from oslo_log import log
        from placement import wsgi

        os.environ['OS_PLACEMENT_CONFIG_DIR'] = str(self._layout.root)
        self._server.mount('placement', wsgi.init_application())
        # Logging is set up for the whole process, and Placement just did.
        log.setup(nova.conf.CONF, 'nova')

    def _databases(self):
        from nova_vgpu_ext.sandbox import databases

        databases.prepare(self._layout)

    def _service(self, name, host, **options):
        from nova import service

        started = service.Service.create(
            host=host, binary=f'nova-{name}', topic=name, **options
        )
        self._services.append(started)
        started.start()

    def _compute(self, host):
        """Start a nova-compute that finds the options of its own host.

        Options are global to the process, so the drivers must have read
        these when the next compute starts.
        """
        import nova.conf
        from nova.compute import rpcapi

        nova.conf.CONF.set_override('host', host)
        for name, value, group in self._hypervisors.options(host):
            nova.conf.CONF.set_override(name, value, group=group)
        self._service('compute', host, topic_alt=rpcapi.RPC_TOPIC_ALT)

    def _api(self):
        from nova.api import wsgi
        from nova.api.openstack import wsgi_app

        from nova_vgpu_ext.sandbox import databases

        databases.discover_hosts()
        wsgi_app._setup_service(CONTROLLER, 'osapi_compute')
        app = wsgi.Loader().load_app('osapi_compute')
        self._server.mount('compute', app)

    def stop(self):
        """Stop all that was started, first what needs the rest.

        That takes some seconds, mostly waiting, so the services do it side
        by side. A hanging one doesn't keep the sandbox from ending.
        """
        _stop_all(self._services)
        _stop_all([self._hypervisors, self._server])


def import_nova():
    """Import Nova in threading mode."""
    os.environ['OS_NOVA_DISABLE_EVENTLET_PATCHING'] = '1'
    # Nova reads the arguments of the process as if they were its own.
    sys.argv = ['nova-vgpu-sandbox']

    from nova import monkey_patch

    monkey_patch.patch(backend='threading')


def load_configuration(layout):
    """Read nova.conf, as the start-up code of each Nova service does."""
    import nova.conf
    from nova import config as nova_config
    from oslo_log import log

    # A directory given here keeps those of an installed Nova out.
    argv = [
        'nova-vgpu-sandbox',
        f'--config-file={layout.nova_conf}',
        f'--config-dir={layout.nova_conf_d}',
    ]
    nova_config.parse_args(argv)
    log.setup(nova.conf.CONF, 'nova')

    from nova import objects

    objects.register_all()


def _write_once(path, text):
    if not path.exists():
        path.write_text(text)


def _stop(service):
    try:
        service.stop()
    # The process is about to end, which stops what can't be stopped here.
    except Exception:
        LOG.exception('%s did not stop', service)


def _stop_all(services):
    threads = [
        threading.Thread(target=_stop, args=[service], daemon=True)
        for service in services
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + STOP_SECONDS
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
