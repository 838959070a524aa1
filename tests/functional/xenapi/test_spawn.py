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


import hashlib
from unittest import mock

from oslo_utils import units

from nova_vgpu_ext.sandbox.xapi import records
from nova_vgpu_ext.sandbox.xapi import vhd
from tests.functional.xenapi import base
from tests.functional.xenapi.base import K200
from tests.functional.xenapi.base import K260Q
from tests.functional.xenapi.base import WHOLE


class SpawnTest(base.XenServerTestCase):
    def setUp(self):
        super().setUp()
        self.start_host()

    def test_plain_instance(self):
        server = self.boot(self.flavor())
        _, vm = self.vm_of(server)
        self.assertEqual('Running', vm['power_state'])
        self.assertEqual(64 * units.Mi, vm['memory_static_max'])
        self.assertEqual([], vm['VGPUs'])
        (disk,) = self.disks_of(server).values()
        self.assertEqual(units.Gi, disk['virtual_size'])
        self.assertEqual(
            hashlib.sha256(base.DISK).hexdigest(),
            self.pool.disks.sha256(disk['uuid'], len(base.DISK)),
        )
        self._delete_server(server)
        self.assertEqual({}, self.left_over())

    def test_vgpu(self):
        server = self.boot(self.flavor({f'vgpus:{K260Q}': '1'}))
        (vgpu,) = self.vgpus_of(server)
        self.assertEqual(
            K260Q, self.rows('VGPU_type')[vgpu['type']]['model_name']
        )
        self.assertIn(vgpu['resident_on'], self.rows('PGPU'))
        self.assertEqual(3, self.free('h1', K260Q))
        self.audit()
        (resident,) = self.books('h1').residents
        self.assertEqual(server['id'], resident.owner)
        self.assertEqual(3, self.free('h1', K260Q))
        self._delete_server(server)
        self.assertEqual({}, self.left_over())
        self.audit()
        self.assertEqual(4, self.free('h1', K260Q))
        self.assertEqual(16, self.free('h1', K200))

    def test_whole_card(self):
        for model in (WHOLE, 'passthrough'):
            server = self.boot(self.flavor({f'vgpus:{model}': '1'}))
            (vgpu,) = self.vgpus_of(server)
            self.assertEqual(
                'passthrough',
                self.rows('VGPU_type')[vgpu['type']]['implementation'],
            )
        self.assertEqual(0, self.free('h1', K260Q))
        self.assertEqual(0, self.free('h1', WHOLE))

    def test_as_many_as_there_are(self):
        flavor = self.flavor({f'vgpus:{K260Q}': '1'})
        self.assertEqual(4, len(self.boot_many(flavor, 4)))
        failed = self.boot(flavor, 'ERROR')
        self.assertIn('No valid host', failed['fault']['message'])
        self.assertEqual(4, len(self.rows('VGPU')))

    def test_vhd(self):
        size = 6 * units.Mi
        data = (b'abc' * 1000).ljust(size, b'\0')
        image = b''.join(vhd.pack(lambda: iter([data]), size))
        server = self.boot(
            self.flavor(),
            image_uuid=self.make_image(image, disk_format='vhd'),
        )
        (disk,) = self.disks_of(server).values()
        self.assertEqual(units.Gi, disk['virtual_size'])
        self.assertEqual(
            hashlib.sha256(data).hexdigest(),
            self.pool.disks.sha256(disk['uuid'], size),
        )

    def test_network(self):
        port = self.neutron.port_1['id']
        server = self.boot(self.flavor(), networks=[{'port': port}])
        ref, _ = self.vm_of(server)
        (vif,) = self.rows('VIF').values()
        self.assertEqual(
            (ref, self.neutron.port_1['mac_address']), (vif['VM'], vif['MAC'])
        )
        network = self.rows('network')[vif['network']]
        self.assertEqual('br-int', network['bridge'])
        self._delete_server(server)
        self.assertEqual({}, self.left_over())

    def test_config_drive(self):
        def make(builder, path, directory):
            with open(path, 'wb') as drive:
                drive.write(b'some metadata'.ljust(3 * units.Mi))

        with mock.patch(
            'nova.virt.configdrive.ConfigDriveBuilder._make_iso9660', make
        ):
            (server,) = self.boot_many(self.flavor(), 1, config_drive=True)
        disks = self.disks_of(server)
        self.assertEqual({'0', '3'}, set(disks))
        self.assertEqual(
            hashlib.sha256(b'some metadata'.ljust(3 * units.Mi)).hexdigest(),
            self.pool.disks.sha256(disks['3']['uuid'], 3 * units.Mi),
        )
        self._delete_server(server)
        self.assertEqual({}, self.left_over())

    def test_rebuild(self):
        server = self.boot(self.flavor({f'vgpus:{K260Q}': '1'}))
        before, _ = self.vm_of(server)
        image = self.make_image(b'another'.ljust(units.Mi))
        self._rebuild_server(server, image)
        after, _ = self.vm_of(server)
        self.assertNotEqual(before, after)
        self.assertEqual(1, len(self.vgpus_of(server)))
        self.assertEqual(1, len(self.disks_of(server)))
        self.assertEqual(3, self.free('h1', K260Q))


class RefusalTest(base.XenServerTestCase):
    def setUp(self):
        super().setUp()
        self.start_host()
        self.gpu = self.flavor({f'vgpus:{K260Q}': '1'})
        self.simulator.calls.clear()

    def writes(self):
        return [
            call.method
            for call in self.simulator.calls
            if '.get_' not in call.method
            and not call.method.startswith('session.')
        ]

    def test_paravirtual_image(self):
        image = self.make_image(base.DISK, properties={'hw_vm_mode': 'xen'})
        failed = self.boot(self.gpu, 'ERROR', image_uuid=image)
        self.assertIn(
            'only HVM guests can have vGPUs', failed['fault']['message']
        )
        self.assertEqual([], self.writes())

    def test_two_in_one_vm(self):
        flavor = self.flavor({f'vgpus:{K260Q}': '2'})
        self.boot(flavor, 'ERROR')
        self.assertEqual([], self.writes())
        self.assertEqual(4, self.free('h1', K260Q))

    def test_place_taken_by_somebody_else(self):
        self.start_strangers(4)
        failed = self.boot(self.gpu, 'ERROR')
        self.assertNotIn('OpaqueRef', failed['fault']['message'])
        self.assertEqual({'VM': 4, 'VGPU': 4}, self.left_over())
        self.audit()
        self.assertEqual(0, self.free('h1', K260Q))
        self.assertEqual((), self.books('h1').claims)

    def start_strangers(self, count):
        rows = self.rows('VGPU_type').items()
        (kind,) = (r for r, row in rows if row['model_name'] == K260Q)
        (group,) = self.rows('GPU_group')
        (host,) = self.rows('host')
        for number in range(count):
            vm = self.pool.call('VM.create', records.vm(f's{number}', 64))
            self.pool.call('VGPU.create', vm, group, '0', {}, kind)
            self.pool.call('VM.start_on', vm, host, False, False)
