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

"""Simulated pools for tests."""

import ssl
import xmlrpc.client

import XenAPI
from oslotest import base

from nova_vgpu_ext.sandbox.xapi import pools
from nova_vgpu_ext.sandbox.xapi import records
from nova_vgpu_ext.sandbox.xapi import server
from nova_vgpu_ext.sandbox.xapi.failure import Failure

K1 = 'Group of NVIDIA Corporation GK107GL [GRID K1] GPUs'
K2 = 'Group of NVIDIA Corporation GK104GL [GRID K2] GPUs'
ONE_K2 = {'hosts': [{'name': 'h1', 'processors': 4, 'cards': ['GRID K2']}]}


class PoolTestCase(base.BaseTestCase):
    """Has pools without a server."""

    def load(self, content=ONE_K2):
        """A pool; self.pool is the last one."""
        self.pool = pools.parse(content)
        self.addCleanup(self.pool.close)
        return self.pool

    def shipped(self, name):
        """A pool that comes along; self.pool is the last one."""
        self.pool = pools.load(pools.path_of(name))
        self.addCleanup(self.pool.close)
        return self.pool

    def call(self, method, *parameters):
        return self.pool.call(method, *parameters)

    def refused(self, details, method, *parameters):
        """The call is refused with just this code and these parameters."""
        failure = self.assertRaises(Failure, self.call, method, *parameters)
        self.assertEqual([str(one) for one in details], failure.details)

    # What there is

    def named(self, table, name):
        return self.pool.db.find(table, name_label=name)[0]

    def row(self, table, ref):
        return self.pool.db.row(table, ref)

    def type(self, name):
        return self.pool.db.find('VGPU_type', model_name=name)[0]

    def pgpus(self, group=K2):
        return self.row('GPU_group', self.named('GPU_group', group))['PGPUs']

    # What is made

    def vm(self, name='vm', *types, group=K2, **fields):
        """A halted VM with a vGPU of each type."""
        vm = self.call('VM.create', records.vm(name, **fields))
        for one in types:
            self.vgpu(vm, one, group)
        return vm

    def vgpu(self, vm, name, group=K2, device='0'):
        return self.call(
            'VGPU.create',
            vm,
            self.named('GPU_group', group),
            device,
            {},
            self.type(name),
        )

    def start(self, vm, host='h1', paused=False, force=False):
        self.call('VM.start_on', vm, self.named('host', host), paused, force)

    def started(self, name='vm', *types, group=K2, host='h1', **fields):
        vm = self.vm(name, *types, group=group, **fields)
        self.start(vm, host)
        return vm

    def disk(self, size=2**21, **fields):
        whole = self.row('pool', self.pool.ref)
        return self.call(
            'VDI.create', records.vdi(whole['default_SR'], size, **fields)
        )

    def places(self, vm):
        """pGPUs that a VM's vGPUs are on."""
        return [
            self.row('VGPU', vgpu)['resident_on']
            for vgpu in self.row('VM', vm)['VGPUs']
        ]


class SimulatorTestCase(PoolTestCase):
    """Has pools with a server, and XenAPI's own bindings."""

    def serve(self, content=ONE_K2):
        """A simulator; self.simulator is the last one."""
        self.simulator = server.Simulator(self.load(content)).start()
        self.addCleanup(self.simulator.stop)
        return self.simulator

    def context(self):
        return ssl.create_default_context(cafile=self.simulator.ca_file)

    def bindings(self, uuid=None):
        """A session that hasn't logged in."""
        transport = xmlrpc.client.SafeTransport(context=self.context())
        return XenAPI.Session(self.simulator.url(uuid), transport)

    def log_in(self, uuid=None):
        session = self.bindings(uuid)
        session.login_with_password('root', 'xensim', '1.0', 'test')
        self.addCleanup(session.transport.close)
        return session

    def refused_remotely(self, details, function, *parameters):
        failure = self.assertRaises(XenAPI.Failure, function, *parameters)
        self.assertEqual([str(one) for one in details], failure.details)
