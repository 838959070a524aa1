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


"""Real Nova services over simulated XenServer pools."""

import io
import logging
import selectors
import socketserver

import nova.conf
from oslo_utils import uuidutils

from nova_vgpu_ext.sandbox.xapi import pools
from nova_vgpu_ext.sandbox.xapi import server
from nova_vgpu_ext.virt.xenapi import conf
from tests.functional import base
from tests.functional.xenapi import secret_search

K260Q, K200 = 'GRID K260Q', 'GRID K200'
WHOLE = 'GRID K2 passthrough'
ONE_HOST = {
    'hosts': [{'name': 'h1', 'cards': ['GRID K2']}],
    'networks': [{'name': 'integration', 'bridge': 'br-int'}],
}
DISK = bytes(range(256)) * 8192  # 2 MiB

# Up to Nova 32 all threads are eventlet's, the simulator's too, which then
# must not wait by a selector from before eventlet was there.
socketserver._ServerSelector = selectors.DefaultSelector

# The same in URLs and in XML.
PASSWORD = 'nobody-shall-ever-see-this'

# What XAPI says to calls that it doesn't understand.
UNKNOWN = (
    'INTERNAL_ERROR',
    'MESSAGE_METHOD_UNKNOWN',
    'MESSAGE_PARAMETER_COUNT_MISMATCH',
    'NOT_IMPLEMENTED',
)

# Libraries that log each statement of SQL; tables are searched as they are.
DATABASES = ('alembic', 'migrate', 'oslo_db', 'sqlalchemy')

# Objects that instances need for themselves.
OWN = ('VM', 'VDI', 'VBD', 'VIF', 'VGPU', 'task')


class _Everything(logging.Handler):
    """Keeps all that is logged, on every level.

    :ivar lines: as formatted, with tracebacks
    :ivar exceptions: (logger, class) of each whose traceback was logged
    """

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.forget()
        self.setFormatter(logging.Formatter('%(levelname)s %(message)s'))

    def forget(self):
        self.lines = []
        self.exceptions = []

    def emit(self, record):
        # That of the simulator is no log of Nova's.
        if record.name.startswith('nova_vgpu_ext.sandbox'):
            return
        self.lines.append(self.format(record))
        if record.exc_info and record.exc_info[0]:
            self.exceptions.append((record.name, record.exc_info[0]))


class XenServerTestCase(base.VGPUTestCase):
    """Has a pool; its hosts are started by tests."""

    compute_driver = 'vgpu_ext.XenAPIDriver'

    def setUp(self):
        super().setUp()
        conf.register_opts(nova.conf.CONF)
        self.simulator = None
        self.log = _Everything()
        logging.getLogger().addHandler(self.log)
        self.addCleanup(logging.getLogger().removeHandler, self.log)
        self._let_all_speak()

    def _let_all_speak(self):
        """Let those libraries log all, too, that are told to be brief."""
        for name, logger in tuple(logging.root.manager.loggerDict.items()):
            brief = getattr(logger, 'level', 0) > logging.DEBUG
            if brief and not name.startswith(DATABASES):
                self.addCleanup(logger.setLevel, logger.level)
                logger.setLevel(logging.DEBUG)

    def tearDown(self):
        if self.simulator is not None:
            self.check_secrets()
            self.check_calls()
        super().tearDown()

    def check_secrets(self):
        """No password and no session is in any log, fault or exception."""
        secrets = {PASSWORD, *self.secrets}
        self.assertEqual([], secret_search.found(self, secrets))

    def check_calls(self):
        """The driver makes no call that XAPI doesn't have."""
        for call in self.simulator.calls:
            self.assertNotIn(call.outcome, UNKNOWN, call.method)

    def simulate(self, content=None, **settings):
        """Start to serve a pool.

        :param content: as a pool file has it
        """
        self.pool = pools.parse(
            {**(content or ONE_HOST), 'password': PASSWORD, **settings}
        )
        self.secrets = set()
        self._note_sessions(self.pool.sessions)
        self.simulator = server.Simulator(self.pool).start()
        self.addCleanup(self.simulator.stop)
        self.empty = self.pool.snapshot()
        self.image = self.make_image(DISK)
        self.simulator.calls.clear()

    def _note_sessions(self, sessions):
        log_in = sessions.log_in

        def noted(*args, **kwargs):
            session = log_in(*args, **kwargs)
            self.secrets.add(session)
            return session

        sessions.log_in = noted

    def start_host(self, name='h1', **flags):
        """Start a nova-compute for a host of the pool.

        :param flags: options of the group xenserver
        """
        if self.simulator is None:
            self.simulate()
        (uuid,) = (
            row['uuid']
            for row in self.rows('host').values()
            if row['name_label'] == name
        )
        self.flags(
            group='xenserver',
            **{
                'connection_url': self.simulator.url(uuid),
                'connection_password': self.pool.settings.password,
                'cafile': self.simulator.ca_file,
                'running_timeout': 10,
                **flags,
            },
        )
        compute = self._start_compute(name)
        self.addCleanup(compute.manager.driver.cleanup_host, name)
        self.assert_placement(name)
        return compute

    def driver(self, name='h1'):
        return self.computes[name].manager.driver

    # Images

    def make_image(self, data, **changes):
        """The id of a new image."""
        metadata = {
            'id': uuidutils.generate_uuid(),
            'name': 'an image',
            'status': 'active',
            'container_format': 'bare',
            'disk_format': 'raw',
            'min_disk': 0,
            'min_ram': 0,
            'protected': False,
            'visibility': 'public',
            'tags': [],
            'size': len(data),
            'properties': {},
            **changes,
        }
        self.glance.create(None, metadata, io.BytesIO(data))
        return metadata['id']

    def flavor(self, extra_specs=None, **kwargs):
        # Nova's helper gives flavors ephemeral disks.
        kwargs.setdefault('ephemeral', 0)
        return super().flavor(extra_specs, **kwargs)

    def boot(self, flavor, expected='ACTIVE', **kwargs):
        kwargs.setdefault('image_uuid', self.image)
        kwargs.setdefault('networks', 'none')
        return self._create_server(
            flavor_id=flavor, expected_state=expected, **kwargs
        )

    def boot_many(self, flavor, count, expected='ACTIVE', **changes):
        """Boot several in one request; all servers that there are then."""
        server = self._build_server(
            flavor_id=flavor, image_uuid=self.image, networks='none'
        )
        server.update(min_count=count, max_count=count, **changes)
        self.api.post_server({'server': server})
        return [
            self._wait_for_state_change(server, expected)
            for server in self.api.get_servers()
        ]

    # What is seen

    def rows(self, table):
        """{reference: record} of a class, as the pool keeps it."""
        return self.pool.snapshot()[table]

    def vm_of(self, server):
        """(reference, record) of a server's VM."""
        (found,) = (
            item
            for item in self.rows('VM').items()
            if item[1]['other_config'].get('nova-instance-uuid')
            == server['id']
        )
        return found

    def vgpus_of(self, server):
        """Records of a server's vGPUs, in device order."""
        ref, _ = self.vm_of(server)
        found = [v for v in self.rows('VGPU').values() if v['VM'] == ref]
        return sorted(found, key=lambda vgpu: int(vgpu['device']))

    def disks_of(self, server):
        """{number: record of the disk} of a server."""
        ref, _ = self.vm_of(server)
        disks = self.rows('VDI')
        return {
            vbd['userdevice']: disks[vbd['VDI']]
            for vbd in self.rows('VBD').values()
            if vbd['VM'] == ref
        }

    def left_over(self):
        """{class: number} of what is there beside the pool itself."""
        now = self.pool.snapshot()
        counts = {
            table: len(set(now[table]) - set(self.empty[table]))
            for table in OWN
        }
        return {table: count for table, count in counts.items() if count}

    def fault_of(self, server):
        return self.api.get_server(server['id'])['fault']['message']
