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

"""Pools on which the driver's calls to XAPI are counted."""

from nova_vgpu_ext import flavors
from nova_vgpu_ext.sandbox.xapi import records
from tests.unit.virt.xenapi import driver_base

VMS = 500


def _card(number, models, **fields):
    return {
        'vendor_id': '10de',
        'device_id': f'{number:04x}',
        'vendor': 'NVIDIA Corporation',
        'types': [
            {
                'name': f'Model {number}-{place}',
                'identifier': f'0001:nvidia,{number:04x},{place}',
                'per_pgpu': 8,
                'multi': True,
            }
            for place in range(models)
        ],
        **fields,
    }


# One host, one pGPU, one model, no VM.
SMALL = {
    'hosts': [{'name': 'h1', 'cards': ['Card 1']}],
    'definitions': {'Card 1': _card(1, 1, passthrough=False)},
}
# Eight hosts, 64 pGPUs, 30 models, two of which are whole cards.
BIG = {
    'hosts': [
        {'name': f'h{number}', 'cards': ['Card 1', 'Card 2']}
        for number in range(1, 9)
    ],
    'definitions': {
        'Card 1': _card(1, 14, pgpus=4),
        'Card 2': _card(2, 14, pgpus=4),
    },
    'storage': [{'name': 'shared', 'type': 'nfs'}],
}
GROUP = 'Group of NVIDIA Corporation Card 1 GPUs'


class CountingTestCase(driver_base.DriverTestCase):
    def calls_of(self, act, *args):
        """{method: how often it was called}.

        How often a task is asked how far it is depends on the machine, and
        counts as once.
        """
        self.simulator.calls.clear()
        act(*args)
        counts = self.simulator.calls.counts()
        if 'task.create' in counts:
            counts['task.get_record'] = counts['task.create']
        return counts

    def claim(self, driver, instance):
        """Let an instance's vGPUs be claimed, as Nova does beforehand."""
        wanted = flavors.vgpu_request(instance.flavor)
        books = driver.present_books().claim(instance.uuid, wanted)
        self.track(driver, books)

    def simulate_big(self):
        """Serve the big pool, each second VM of which runs with a vGPU."""
        self.simulate(BIG)
        db = self.pool.db
        hosts = list(db.tables['host'])
        (group,) = db.find('GPU_group', name_label=GROUP)
        for number in range(VMS):
            vm = self._add_vm(f'vm {number}')
            kind = f'0001:nvidia,0001,{number % 2}'
            (kind,) = db.find('VGPU_type', identifier=kind)
            self.pool.call('VGPU.create', vm, group, '0', {}, kind)
            if number % 2:
                host = hosts[number // 2 % len(hosts)]
                self.pool.call('VM.start_on', vm, host, False, False)

    def _add_vm(self, name):
        repository = self.pool.db.row('pool', self.pool.ref)['default_SR']
        vm = self.pool.call('VM.create', records.vm(name, 64))
        disk = records.vdi(repository, driver_base.GIB)
        disk = self.pool.call('VDI.create', disk)
        self.pool.call('VBD.create', records.vbd(vm, disk, '0'))
        return vm
