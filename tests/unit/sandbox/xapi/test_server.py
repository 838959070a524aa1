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

import http.client
import ssl
import time
import urllib.parse
import urllib.request
import xmlrpc.client

import XenAPI

from nova_vgpu_ext.sandbox.xapi import pool
from nova_vgpu_ext.sandbox.xapi import pools
from nova_vgpu_ext.sandbox.xapi import records
from nova_vgpu_ext.sandbox.xapi import server
from tests.unit.sandbox.xapi import base

TWO = {'hosts': [{'name': 'h1'}, {'name': 'h2'}]}


class FaultsTestCase(base.SimulatorTestCase):
    def setUp(self):
        super().setUp()
        self.serve(TWO)
        self.session = self.log_in()
        self.xapi = self.session.xenapi
        self.faults = self.simulator.faults

    def vms(self):
        """How many VMs there are besides those that come with hosts."""
        return len(self.pool.db.find('VM', name_label='vm'))

    def create(self):
        return self.xapi.VM.create(records.vm('vm'))

    def test_refusal(self):
        fault = self.faults.fail('SR_FULL', 5, 3, method='VM.create', nth=2)
        self.create()
        self.refused_remotely(['SR_FULL', 5, 3], self.create)
        self.create()
        self.assertEqual(2, self.vms())
        self.assertEqual(1, fault.hits)

    def test_refusal_afterwards(self):
        self.faults.fail('INTERNAL_ERROR', method='VM.create', after=True)
        self.refused_remotely(['INTERNAL_ERROR'], self.create)
        self.assertEqual(1, self.vms())

    def test_by_pattern_and_ordinal(self):
        self.faults.fail('INTERNAL_ERROR', method='VM.*', nth=2, times=2)
        self.create()
        self.xapi.host.get_all()
        self.refused_remotely(['INTERNAL_ERROR'], self.create)
        self.refused_remotely(['INTERNAL_ERROR'], self.xapi.VM.get_all)
        self.xapi.VM.get_all()

    def test_cleared(self):
        self.faults.fail('INTERNAL_ERROR')
        self.faults.clear()
        self.create()

    def test_python_repeats_a_call_whose_connection_drops(self):
        self.faults.drop('VM.create', after=True)
        self.create()
        self.assertEqual(2, self.vms())

    def test_dropped(self):
        self.faults.drop('VM.create', times=2)
        self.assertRaises(http.client.RemoteDisconnected, self.create)
        self.assertEqual(0, self.vms())

    def test_dropped_afterwards(self):
        self.faults.drop('VM.create', times=2, after=True)
        self.assertRaises(http.client.RemoteDisconnected, self.create)
        self.assertEqual(2, self.vms())

    def test_cut_off(self):
        session = self.log_in()
        self.faults.cut_off('VM.create', nth=2)
        self.create()
        self.assertRaises(OSError, self.create)
        self.assertRaises(OSError, session.xenapi.host.get_all)
        self.faults.clear()
        self.create()
        self.assertEqual(2, self.vms())

    def test_slow(self):
        self.faults.delay(0.3, 'VM.create')
        begun = time.monotonic()
        self.create()
        self.assertGreaterEqual(time.monotonic() - begun, 0.3)

    def test_lost_session(self):
        self.faults.lose_session('VM.create')
        first = self.session.handle
        self.create()
        # The bindings log in again by themselves.
        self.assertNotEqual(first, self.session.handle)

    def test_slave_instead_of_master(self):
        self.faults.slave('192.0.2.1', 'VM.create')
        self.refused_remotely(['HOST_IS_SLAVE', '192.0.2.1'], self.create)

    def test_transfer(self):
        self.faults.fail('X', method='PUT /import_raw_vdi')
        self.faults.drop('PUT /import_raw_vdi', nth=2)
        url = f'{self.simulator.url(scheme="http")}/import_raw_vdi'
        request = urllib.request.Request(url, b'', method='PUT')
        error = self.assertRaises(
            urllib.error.HTTPError, urllib.request.urlopen, request
        )
        self.assertEqual(500, error.code)
        error.close()
        self.assertRaises(
            http.client.RemoteDisconnected, urllib.request.urlopen, request
        )


class CallsTestCase(base.SimulatorTestCase):
    def test_counted(self):
        self.serve()
        xapi = self.log_in().xenapi
        self.simulator.calls.clear()
        self.assertRaises(XenAPI.Failure, xapi.VM.get_by_uuid, 'x')
        xapi.VM.get_all()
        self.assertEqual(
            {'VM.get_by_uuid': 1, 'VM.get_all': 1},
            self.simulator.calls.counts(),
        )
        first, second = self.simulator.calls
        self.assertEqual(('x',), first.parameters)
        self.assertEqual('UUID_INVALID', first.outcome)
        self.assertEqual('Success', second.outcome)
        self.assertEqual(2, len(self.simulator.calls))

    def test_no_secrets(self):
        self.serve()
        session = self.log_in()
        session.xenapi.session.change_password('xensim', 'secret')
        session.xenapi.VM.get_all()
        text = repr(list(self.simulator.calls))
        for secret in ('xensim', 'secret', session.handle):
            self.assertNotIn(secret, text)


class SimulatorTestCase(base.SimulatorTestCase):
    def test_plain(self):
        self.serve()
        session = XenAPI.Session(self.simulator.url(scheme='http'))
        session.login_with_password('root', 'xensim')
        self.assertIn(self.pool.master, session.xenapi.host.get_all())
        session('close')()

    def test_certificate_that_nobody_trusts(self):
        self.serve()
        session = XenAPI.Session(self.simulator.url())
        self.assertRaises(
            ssl.SSLCertVerificationError,
            session.login_with_password,
            'root',
            'xensim',
        )

    def test_hosts_say_where_they_are(self):
        self.serve(TWO)
        for host in self.pool.db.tables['host'].values():
            url = self.simulator.url(host['uuid'])
            self.assertEqual(f'https://{host["address"]}', url)

    def test_host_offline(self):
        self.serve(
            {'hosts': [{'name': 'h1'}, {'name': 'h2', 'online': False}]}
        )
        uuid = self.row('host', self.named('host', 'h2'))['uuid']
        self.assertRaises(ConnectionRefusedError, self.log_in, uuid)

    def test_host_lost(self):
        self.serve(TWO)
        session = self.log_in()
        host = self.named('host', 'h2')
        self.simulator.take_offline(self.row('host', host)['uuid'])
        metrics = session.xenapi.host.get_metrics(host)
        self.assertFalse(session.xenapi.host_metrics.get_live(metrics))

    def test_stopped(self):
        simulator = server.Simulator(pools.parse(base.ONE_K2))
        with simulator:
            session = XenAPI.Session(simulator.url(scheme='http'))
            session.login_with_password('root', 'xensim')
        self.assertRaises(OSError, session.xenapi.VM.get_all)

    def test_port_in_use(self):
        self.serve()
        port = urllib.parse.urlsplit(self.simulator.url()).port
        other = pools.parse(base.ONE_K2)
        uuid = next(iter(other.db.tables['host'].values()))['uuid']
        self.assertRaises(OSError, server.Simulator, other, {uuid: port})

    def test_no_xml(self):
        self.serve()
        url = self.simulator.url(scheme='http')
        error = self.assertRaises(
            urllib.error.HTTPError, urllib.request.urlopen, url, b'<x>'
        )
        self.assertEqual(400, error.code)
        error.close()

    def test_what_was_added(self):
        self.serve()
        xapi = self.log_in().xenapi
        before = self.pool.snapshot()
        vm = xapi.VM.create(records.vm('vm'))
        found = pool.added(before, self.pool.snapshot())
        self.assertEqual({vm}, found['VM'])
        xapi.VM.destroy(vm)
        self.assertEqual({}, pool.added(before, self.pool.snapshot()))

    def test_big_numbers_pass(self):
        self.serve()
        xapi = self.log_in().xenapi
        vdi = self.disk(2**40)
        self.assertEqual(str(2**40), xapi.VDI.get_virtual_size(vdi))
        self.assertIsInstance(
            xapi.VDI.get_snapshot_time(vdi), xmlrpc.client.DateTime
        )
