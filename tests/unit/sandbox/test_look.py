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
import contextlib
import io
import sqlite3

from nova_vgpu_ext import capacity
from nova_vgpu_ext.sandbox import config
from nova_vgpu_ext.sandbox import look
from nova_vgpu_ext.sandbox import shell
from nova_vgpu_ext.sandbox import xen_hosts
from nova_vgpu_ext.sandbox.xapi import pools
from nova_vgpu_ext.sandbox.xapi import specs
from nova_vgpu_ext.virt.xenapi import marks
from tests.unit.sandbox import base

GROUP = 'Group of NVIDIA Corporation GK104GL [GRID K2] GPUs'
K260Q, K200 = '0001:nvidia,11bf,,11b0,101b', '0001:nvidia,11bf,,118d,101d'
ONE, TWO = 'uuid-of-one', 'uuid-of-two'
MODELS = (
    capacity.Model(K260Q, 'GRID K260Q', 524288, 2),
    capacity.Model('0001:passthrough,10de,11bf', 'GRID K2 passthrough',
                   1048576, 1, passthrough=True),
)  # fmt: skip


class LookTest(base.SandboxTestCase):
    def setUp(self):
        super().setUp()
        hosts = xen_hosts.XenHosts(self.layout, 0)
        self.addCleanup(hosts.stop)
        hosts.put('a', ['GRID K2'])
        hosts.put('b', ['GRID K2'])
        hosts.put('plain', [])
        hosts._start()
        self.hosts = hosts
        self.pool = hosts._simulator.pool
        config.write(self.layout, 'http://127.0.0.1:1', hosts.sections())
        self.database = sqlite3.connect(self.layout.root / 'cell1.db')
        self.addCleanup(self.database.close)
        self.database.execute(
            'CREATE TABLE compute_nodes (host, vgpus, deleted)'
        )
        self.xenserver = look.at(self.layout)
        self.instances = {}

    def boot(self, uuid, host, *vgpus, models=()):
        config = {marks.OWNER: uuid}
        spec = specs.VM(
            uuid.removeprefix('uuid-of-'),
            host,
            'running',
            vgpus=tuple((one, GROUP) for one in vgpus),
            other_config=config,
        )
        vm = pools.add_vm(self.pool, spec)
        self.instances[uuid] = look.Instance(spec.name, host, list(models))
        return vm

    def pgpu_of(self, vm):
        """The uuid of the pGPU that a VM's vGPU is on."""
        (vgpu,) = self.pool.db.row('VM', vm)['VGPUs']
        pgpu = self.pool.db.row('VGPU', vgpu)['resident_on']
        return self.pool.db.row('PGPU', pgpu)['uuid']

    def keep_books(self, host, *residents):
        """:param residents: (pGPU, model, owner) of each"""
        pgpus = [
            capacity.PGPU(row['uuid'], 'g', 1048576,
                          frozenset(model.identifier for model in MODELS))
            for row in self.pool.db.tables['PGPU'].values()
        ]  # fmt: skip
        books = capacity.HostVGPUs(
            MODELS,
            (capacity.Group('g', 'depth_first'),),
            pgpus,
            [capacity.Resident(*one) for one in residents],
        )
        self.database.execute(
            'INSERT INTO compute_nodes VALUES (?, ?, 0)',
            (host, books.to_json()),
        )
        self.database.execute(
            "INSERT INTO compute_nodes VALUES ('plain', NULL, 0)"
        )
        self.database.commit()

    def one_instance(self):
        """An instance with a vGPU, and its pGPU."""
        vm = self.boot(ONE, 'a', K260Q, models=['GRID K260Q'])
        return self.pgpu_of(vm)

    def show(self):
        with contextlib.redirect_stdout(io.StringIO()) as output:
            self.xenserver.show(self.instances)
        return output.getvalue()

    def fails(self, sentence):
        error = self.assertRaises(shell.StepFailed, self.show)
        self.assertIn(sentence, str(error))

    def test_as_it_should_be(self):
        pgpu = self.one_instance()
        vm = self.boot(TWO, 'a', 'passthrough', models=['GRID K2 passthrough'])
        self.boot('uuid-of-three', 'plain')
        self.keep_books(
            'a',
            (pgpu, K260Q, ONE),
            (self.pgpu_of(vm), MODELS[1].identifier, TWO),
        )
        shown = self.show()
        rows = [line.split('|')[1:5] for line in shown.splitlines()]
        rows = [[cell.strip() for cell in row] for row in rows if row]
        self.assertEqual(
            [
                ['instance', 'model', 'pGPU', 'host'],
                ['one', 'GRID K260Q', pgpu, 'a'],
                ['three', 'none', '', 'plain'],
                ['two', 'GRID K2 passthrough', self.pgpu_of(vm), 'a'],
            ],
            rows,
        )

    def test_books_are_late(self):
        self.one_instance()
        self.keep_books('a')
        self.fails('The books should have')

    def test_books_name_another_pgpu(self):
        pgpu = self.one_instance()
        rows = self.pool.db.tables['PGPU'].values()
        other = next(r['uuid'] for r in rows if r['uuid'] != pgpu)
        self.keep_books('a', (other, K260Q, ONE))
        self.fails('The books should have')

    def test_other_model_than_asked(self):
        self.boot(ONE, 'a', K200, models=['GRID K260Q'])
        self.fails("should have the vGPUs [('uuid-of-one', 'GRID K260Q'")

    def test_fewer_than_asked(self):
        self.boot(ONE, 'a', K260Q, models=['GRID K260Q'] * 2)
        self.fails('should have the vGPUs')

    def test_foreign_vgpu(self):
        pools.add_vm(
            self.pool,
            specs.VM('foreign', 'a', 'running', vgpus=((K260Q, GROUP),)),
        )
        self.fails("has [('foreign', 'GRID K260Q', 'a')]")

    def test_on_another_host(self):
        self.one_instance()
        self.instances[ONE] = self.instances[ONE]._replace(host='b')
        self.fails("should run VMs for {'uuid-of-one': 'b'}")

    def test_vm_without_an_instance(self):
        self.one_instance()
        self.instances.clear()
        self.fails('should run VMs for {}')

    def test_nothing_is_left(self):
        with contextlib.redirect_stdout(io.StringIO()) as output:
            self.xenserver.expect_nothing_left()
        self.assertIn('0 VM, 0 VDI, 0 VBD', output.getvalue())

    def test_something_is_left(self):
        self.one_instance()
        error = self.assertRaises(
            shell.StepFailed, self.xenserver.expect_nothing_left
        )
        self.assertIn('there is 1 VM, 0 VDI', str(error))

    def test_it_is_gone(self):
        self.hosts.stop()
        error = self.assertRaises(shell.StepFailed, self.xenserver.records)
        self.assertIn('XenServer should answer', str(error))

    def test_other_hypervisor(self):
        config.write(self.layout, 'http://127.0.0.1:1', base.FAKE_DRIVER)
        self.assertIsNone(look.at(self.layout))
