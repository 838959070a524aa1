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
import json

import ddt

from nova_vgpu_ext.sandbox import errors
from nova_vgpu_ext.sandbox import hosts
from nova_vgpu_ext.sandbox import xen_hosts
from nova_vgpu_ext.sandbox.xapi import records
from nova_vgpu_ext.virt import yaml_file
from tests.unit.sandbox import base


@ddt.ddt
class XenHostsTest(base.SandboxTestCase):
    def make(self, port=0, **cards):
        """Hosts of this test's sandbox, not started."""
        made = xen_hosts.XenHosts(self.layout, port)
        for host, content in (cards or {'a': ['GRID K2'], 'b': []}).items():
            made.put(host, content)
        self.addCleanup(made.stop)
        return made

    def start(self, made=None):
        """(hosts, their pool)"""
        made = made or self.make()
        ((_, function),) = made.stages()
        function()
        return made, made._simulator.pool

    def pgpus(self, pool):
        """{name of a host: number of its pGPUs}"""
        return {
            row['name_label']: len(row['PGPUs'])
            for row in pool.db.tables['host'].values()
        }

    def options(self, made, host):
        return {name: value for name, value, _ in made.options(host)}

    def test_default_hosts_are_one_pool(self):
        made = xen_hosts.XenHosts(self.layout, 0)
        self.addCleanup(made.stop)
        names = hosts.prepare(self.layout, made)
        _, pool = self.start(made)
        self.assertEqual(
            dict(zip(names, (2, 2, 4, 0), strict=True)), self.pgpus(pool)
        )
        self.assertEqual(1, len(pool.db.tables['pool']))

    def test_cards_by_name_or_by_row(self):
        _, pool = self.start(
            self.make(
                a=['GRID K2', 'GRID K2'],
                b=[{'card': 'NVIDIA A40', 'count': 3, 'group': 'mine'}],
                c=None,
            )
        )
        self.assertEqual({'a': 4, 'b': 3, 'c': 0}, self.pgpus(pool))
        (mine,) = pool.db.find('GPU_group', name_label='mine')
        self.assertEqual(3, len(pool.db.row('GPU_group', mine)['PGPUs']))

    @ddt.data(
        (['GRID K9'], "card 1 is the unknown 'GRID K9': take one of GRID K1"),
        (5, 'its cards must be a list'),
        ({'cards': []}, 'is for the fake driver'),
        ([{'card': 'GRID K2', 'disabled': []}], "unknown key 'disabled'"),
        ([{'card': 'GRID K2', 'count': 0}], 'a positive whole number'),
        ([{'card': 'GRID K2', 'count': 10**9}], 'more than 15 cards'),
        (
            [{'card': name, 'group': 'x'} for name in ('GRID K1', 'GRID K2')],
            'XAPI refuses such a pool',
        ),
    )
    @ddt.unpack
    def test_bad_cards(self, cards, sentence):
        error = self.assertRaises(yaml_file.Mistake, self.make, a=cards)
        self.assertIn(sentence, str(error))

    def test_settings(self):
        made, pool = self.start()
        sections = made.sections()
        self.assertEqual(
            {'compute_driver': 'vgpu_ext.XenAPIDriver'}, sections['DEFAULT']
        )
        common = sections['xenserver']
        self.assertEqual(pool.settings.password, common['connection_password'])
        urls = [
            self.options(made, host)['connection_url'] for host in ('a', 'b')
        ]
        self.assertEqual(common['connection_url'], urls[0])
        addresses = [row['address'] for row in pool.db.tables['host'].values()]
        self.assertEqual([f'https://{one}' for one in addresses], urls)

    def test_note_tells_how_to_log_in(self):
        made, pool = self.start()
        url = made._simulator.url(scheme='http')
        for text in (url, pool.settings.username, pool.settings.password):
            self.assertIn(text, made.note())

    def test_ports_follow_that_of_the_sandbox(self):
        first, _ = self.start(self.make(a=[]))
        port = int(self.options(first, 'a')['connection_url'].split(':')[-1])
        # The port is known to be free for it when the first has stopped.
        first.stop()
        made, _ = self.start(self.make(port - 1, a=[]))
        url = self.options(made, 'a')['connection_url']
        self.assertEqual(f'https://127.0.0.1:{port}', url)
        for number in (port - 1, 65535):
            other = self.make(number, a=[])
            error = self.assertRaises(errors.SandboxError, self.start, other)
            self.assertIn('give others by --port', str(error))

    # From one start to the next

    def add_vm(self, pool):
        vm = pool.call('VM.create', records.vm('mine'))
        host = pool.db.find('host', name_label='a')[0]
        pool.call('VM.start_on', vm, host, False, False)
        sr = pool.db.row('pool', pool.ref)['default_SR']
        disk = pool.call('VDI.create', records.vdi(sr, 1024**2))
        uuid = pool.db.row('VDI', disk)['uuid']
        with pool.disks.writer(uuid, 9) as writer:
            writer.write(b'some data')
        return vm, uuid

    def test_vms_and_disks_are_kept(self):
        made, pool = self.start()
        vm, disk = self.add_vm(pool)
        before = pool.snapshot()
        made.stop()
        _, pool = self.start()
        after = pool.snapshot()
        self.assertEqual('Running', after['VM'][vm]['power_state'])
        self.assertEqual(before['PGPU'], after['PGPU'])
        self.assertEqual(b'some data', b''.join(pool.disks.pieces(disk)))
        # Others can be made beside them.
        other, _ = self.add_vm(pool)
        self.assertNotIn(other, before['VM'])

    def test_other_cards_are_a_new_pool_of_the_same_hosts(self):
        made, pool = self.start()
        uuids = {row['uuid'] for row in pool.db.tables['host'].values()}
        vm, disk = self.add_vm(pool)
        made.stop()
        _, pool = self.start(self.make(a=['GRID K1'], b=[]))
        self.assertEqual({'a': 4, 'b': 0}, self.pgpus(pool))
        self.assertFalse(pool.db.has('VM', vm))
        self.assertFalse(pool.disks.has(disk))
        self.assertEqual(
            uuids, {row['uuid'] for row in pool.db.tables['host'].values()}
        )

    def test_new_pool_after_it_was_killed(self):
        made, pool = self.start()
        made.stop()
        made, pool = self.start()
        vm, disk = self.add_vm(pool)
        # No stop here.
        _, pool = self.start()
        self.assertFalse(pool.db.has('VM', vm))
        self.assertFalse(pool.disks.has(disk))

    @ddt.data('', '{"half')
    def test_new_pool_after_it_was_killed_while_it_stopped(self, text):
        made, pool = self.start()
        made.stop()
        self.layout.pool.write_text(text)
        _, pool = self.start()
        self.assertEqual({'a': 2, 'b': 0}, self.pgpus(pool))

    def test_state_outlives_a_start_that_fails(self):
        made, _ = self.start()
        made.stop()
        kept = self.layout.pool.read_text()
        failing = self.make(65535)
        self.assertRaises(errors.SandboxError, self.start, failing)
        failing.stop()
        self.assertEqual(kept, self.layout.pool.read_text())

    def test_no_session_is_kept(self):
        made, pool = self.start()
        settings = pool.settings
        session = pool.sessions.log_in(
            settings.username, settings.password, pool.master
        )
        made.stop()
        text = self.layout.pool.read_text()
        self.assertNotIn(session, text)
        self.assertNotIn('session', json.loads(text)['state']['tables'])
