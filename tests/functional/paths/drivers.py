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

"""What paths need of each driver: hosts, and a look behind Nova's back."""

import collections

from nova_vgpu_ext.sandbox.xapi import outside
from nova_vgpu_ext.sandbox.xapi import records
from tests.functional import base
from tests.functional.paths import models
from tests.functional.paths import steps
from tests.functional.xenapi import base as xenserver

OWNER = 'nova-instance-uuid'


class FakeCase(steps.StepsMixin, base.VGPUTestCase):
    """Paths on hosts with fake cards."""

    # The driver tells the tracker at once where vGPUs are.
    tells = True
    image = 'a2459075-d96c-40d5-893e-577ff92e721c'
    another_image = '155d900f-4e14-4e4c-a73d-069cbf4541e6'

    def add_host(self, host):
        self.start_host(host, *models.CARDS)

    def driver(self, host):
        return self.computes[host].manager.driver

    def tables(self):
        return {host: self.hypervisor(host).vms for host in self.computes}

    def held(self, host):
        """Counter of (owner, pGPU, type) of each vGPU on a host."""
        return collections.Counter(
            (None if vm.foreign else vm.uuid, pgpu, identifier)
            for vm in self.hypervisor(host).vms.values()
            for identifier, pgpu in vm.vgpus
        )

    def vm_state(self, server, host):
        """Of its VM on a host, None if there is none."""
        vm = self.hypervisor(host).vms.get(server['id'])
        return vm and vm.state

    # What happens behind Nova's back

    def crash(self, server, host):
        self.hypervisor(host).crash_vm(server['id'])

    def reboot_host(self, host):
        self.hypervisor(host).wipe()

    def start_foreign(self, host, model, name='desktop'):
        identifier = models.IDENTIFIERS[model]
        groups = {
            pgpu.group
            for pgpu in self.hypervisor(host).pgpus
            if identifier in pgpu.types
        }
        self.hypervisor(host).start_vm(
            name, [(identifier, groups.pop())], name, foreign=True
        )

    def stop_foreign(self, host):
        for vm in self.hypervisor(host).vms.values():
            if vm.foreign:
                self.hypervisor(host).destroy_vm(vm.uuid)

    def pgpus(self, host, model):
        """Ids of the pGPUs on which a model may be started."""
        identifier = models.IDENTIFIERS[model]
        pgpus = self.hypervisor(host).pgpus
        return {pgpu.id for pgpu in pgpus if identifier in pgpu.types}

    def pull(self, host, pgpu):
        self.hypervisor(host).pull_pgpu(pgpu)

    def insert(self, host, pgpu):
        self.hypervisor(host).insert_pgpu(pgpu)

    def disable(self, host, model):
        self.hypervisor(host).disable_type(models.IDENTIFIERS[model])

    def enable(self, host, model):
        self.hypervisor(host).enable_type(models.IDENTIFIERS[model])

    def rename(self, host, model, name):
        self.hypervisor(host).rename_type(models.IDENTIFIERS[model], name)


class XenServerCase(steps.StepsMixin, xenserver.XenServerTestCase):
    """Paths on hosts of a simulated pool with shared storage."""

    @property
    def another_image(self):
        return self.make_image(b'another'.ljust(1024**2))

    @property
    def tells(self):
        compute = next(iter(self.computes.values()))
        return hasattr(compute.manager.driver, 'vgpu_tracker')

    def simulate(self):
        names = ('h1', 'h2', 'h3')
        super().simulate(
            {
                'hosts': [
                    {'name': name, 'cards': list(models.CARDS)}
                    for name in names
                ],
                'storage': [{'name': 'shared', 'type': 'nfs'}],
            }
        )

    def add_host(self, host):
        self.start_host(host)

    def tables(self):
        now = self.pool.snapshot()
        return {table: now[table] for table in xenserver.OWN}

    def held(self, host):
        """Counter of (owner, pGPU, type) of each vGPU on a host."""
        now = self.pool.snapshot()
        ref = self._host(host)
        return collections.Counter(
            (
                now['VM'][vgpu['VM']]['other_config'].get(OWNER),
                now['PGPU'][vgpu['resident_on']]['uuid'],
                now['VGPU_type'][vgpu['type']]['identifier'],
            )
            for vgpu in now['VGPU'].values()
            if vgpu['resident_on'] in now['PGPU']
            and now['PGPU'][vgpu['resident_on']]['host'] == ref
        )

    def _host(self, name):
        (found,) = (
            ref
            for ref, row in self.rows('host').items()
            if row['name_label'] == name
        )
        return found

    def _vm(self, server, host):
        uuid = self.rows('host')[self._host(host)]['uuid']
        for ref, vm in self.rows('VM').items():
            config = vm['other_config']
            if (config.get(OWNER), config.get('nova-host-uuid')) == (
                server['id'],
                uuid,
            ):
                return ref
        return None

    def vm_state(self, server, host):
        """Of its VM on a host, None if there is none."""
        ref = self._vm(server, host)
        return ref and self.rows('VM')[ref]['power_state'].lower()

    # What happens behind Nova's back

    def crash(self, server, host):
        outside.crash(self.pool, self._vm(server, host))

    def reboot_host(self, host):
        outside.reboot(self.pool, self.rows('host')[self._host(host)]['uuid'])

    def start_foreign(self, host, model, name='desktop'):
        types = self.rows('VGPU_type').items()
        (kind,) = (r for r, row in types if row['model_name'] == model)
        groups = {
            row['GPU_group']
            for row in self.rows('PGPU').values()
            if kind in row['enabled_VGPU_types']
        }
        vm = self.pool.call('VM.create', records.vm(name, 64))
        self.pool.call('VGPU.create', vm, groups.pop(), '0', {}, kind)
        self.pool.call('VM.start_on', vm, self._host(host), False, False)

    def stop_foreign(self, host):
        for ref, vm in self.rows('VM').items():
            if vm['name_label'].startswith('desktop'):
                self.pool.call('VM.hard_shutdown', ref)
                self.pool.call('VM.destroy', ref)

    def _type(self, model):
        identifier = models.IDENTIFIERS[model]
        (found,) = self.pool.db.find('VGPU_type', identifier=identifier)
        return found

    def pgpus(self, host, model):
        """uuids of the pGPUs on which a model may be started."""
        kind = self._type(model)
        return {
            row['uuid']
            for row in self.rows('PGPU').values()
            if row['host'] == self._host(host)
            and kind in row['enabled_VGPU_types']
        }

    def pull(self, host, pgpu):
        (ref,) = self.pool.db.find('PGPU', uuid=pgpu)
        self._pulled = dict(self.pool.db.row('PGPU', ref), resident_VGPUs=[])
        for vgpu in self.rows('VGPU').values():
            if vgpu['resident_on'] == ref:
                outside.crash(self.pool, vgpu['VM'])
        with self.pool.lock:
            self.pool.db.destroy('PGPU', ref)

    def insert(self, host, pgpu):
        with self.pool.lock:
            self.pool.db.create('PGPU', **self._pulled)

    def disable(self, host, model):
        self._change('remove', host, model)

    def enable(self, host, model):
        self._change('add', host, model)

    def _change(self, change, host, model):
        kind = self._type(model)
        for ref, row in self.rows('PGPU').items():
            supported = kind in row['supported_VGPU_types']
            if supported and row['host'] == self._host(host):
                method = f'PGPU.{change}_enabled_VGPU_types'
                self.pool.call(method, ref, kind)

    def rename(self, host, model, name):
        with self.pool.lock:
            self.pool.db.write('VGPU_type', self._type(model), model_name=name)
