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


import dataclasses
import hashlib
from unittest import mock

import ddt
from nova import exception
from nova.compute import power_state
from nova.network import model as network_model
from oslo_utils.fixture import uuidsentinel as uuids

from nova_vgpu_ext import capacity
from nova_vgpu_ext import extension
from nova_vgpu_ext import names
from nova_vgpu_ext import request
from nova_vgpu_ext.virt.xenapi import errors
from tests.unit.virt.xenapi import driver_base
from tests.unit.virt.xenapi.driver_base import GIB
from tests.unit.virt.xenapi.driver_base import K2_GROUP
from tests.unit.virt.xenapi.driver_base import REFUSED

K260Q = '0001:nvidia,11bf,,11b0,101b'
NETWORKS = [{'name': 'integration', 'bridge': 'br-int'}]


def network_info(bridge='br-int', **changes):
    network = network_model.Network(
        uuids.network, bridge=bridge, mtu=1450, subnets=[]
    )
    return network_model.NetworkInfo(
        [
            network_model.VIF(
                **{
                    'id': uuids.port,
                    'address': 'fa:16:3e:00:00:01',
                    'network': network,
                    'active': True,
                    **changes,
                }
            )
        ]
    )


class SpawnTest(driver_base.DriverTestCase):
    def setUp(self):
        super().setUp()
        self.simulate(networks=NETWORKS)
        self.xen = self.driver()

    def test_plain(self):
        one = self.instance()
        self.spawn(self.xen, one)
        _, vm = self.the_vm()
        self.assertEqual('Running', vm['power_state'])
        self.assertEqual(one.name, vm['name_label'])
        self.assertEqual({'0': ('root', True)}, self.disks())
        (disk,) = self.rows('VDI').values()
        self.assertEqual(GIB, disk['virtual_size'])
        self.assertEqual(
            hashlib.sha256(driver_base.DISK).hexdigest(),
            self.pool.disks.sha256(disk['uuid'], len(driver_base.DISK)),
        )
        self.assertEqual(power_state.RUNNING, self.xen.get_info(one).state)
        self.assertEqual([one.name], self.xen.list_instances())
        self.assertEqual([one.uuid], self.xen.list_instance_uuids())
        self.assertTrue(self.xen.instance_exists(one))
        self.assertEqual({'VM': 1, 'VDI': 1, 'VBD': 1}, self.left_over())

    def test_destroy(self):
        one = self.instance()
        self.spawn(self.xen, one)
        self.xen.destroy(None, one, None)
        self.assertEqual({}, self.left_over())
        self.assertRaises(exception.InstanceNotFound, self.xen.get_info, one)
        self.xen.destroy(None, one, None)
        self.xen.destroy(None, one, None)
        self.assertFalse(self.xen.instance_exists(one))

    def test_destroy_without_disks(self):
        one = self.instance()
        self.spawn(self.xen, one)
        self.xen.destroy(None, one, None, destroy_disks=False)
        self.assertEqual({'VDI': 1}, self.left_over())
        self.xen.destroy(None, one, None)
        self.assertEqual({}, self.left_over())

    def test_not_powered_on(self):
        self.spawn(self.xen, self.instance(), power_on=False)
        self.assertEqual('Halted', self.the_vm()[1]['power_state'])

    def test_root_disk_as_big_as_its_image(self):
        self.spawn(self.xen, self.instance(root_gb=0))
        (disk,) = self.rows('VDI').values()
        self.assertEqual(len(driver_base.DISK), disk['virtual_size'])

    def test_network(self):
        self.spawn(self.xen, self.instance(), network_info=network_info())
        (vif,) = self.rows('VIF').values()
        self.assertEqual('fa:16:3e:00:00:01', vif['MAC'])
        self.assertEqual(1450, vif['MTU'])
        network = self.rows('network')[vif['network']]
        self.assertEqual('br-int', network['bridge'])
        self.assertEqual(
            {
                'neutron-port-id': uuids.port,
                'nicira-iface-id': uuids.port,
            },
            vif['other_config'],
        )
        self.assertEqual('Running', self.the_vm()[1]['power_state'])

    def test_waits_for_neutron(self):
        with mock.patch.object(
            self.xen.virtapi, 'wait_for_instance_event'
        ) as wait:
            self.spawn(
                self.xen,
                self.instance(),
                network_info=network_info(active=False),
            )
        self.assertEqual(
            [('network-vif-plugged', uuids.port)], wait.call_args.args[1]
        )
        self.assertEqual('Running', self.the_vm()[1]['power_state'])
        self.assertEqual(1, self.called('VM.unpause'))

    def test_neutron_fails(self):
        def fail(instance, events, timeout, error_callback):
            error_callback(events[0], instance)

        with mock.patch.object(
            self.xen.virtapi, 'wait_for_instance_event', fail
        ):
            self.assertRaises(
                exception.VirtualInterfaceCreateException,
                self.spawn,
                self.xen,
                self.instance(),
                network_info=network_info(active=False),
            )
        self.assertEqual({}, self.left_over())

    def test_unknown_bridge(self):
        error = self.assertRaises(
            exception.VirtualInterfaceCreateException,
            self.spawn,
            self.xen,
            self.instance(),
            network_info=network_info('br-other'),
        )
        self.assertIn('br-other', str(error))
        self.assertEqual({}, self.left_over())


@ddt.ddt
class ImageTest(driver_base.DriverTestCase):
    def setUp(self):
        super().setUp()
        self.simulate()
        self.xen = self.driver()

    def assert_refused(self, error, image, instance=None, words=''):
        raised = self.assertRaises(
            error, self.spawn, self.xen, instance or self.instance(), image
        )
        self.assertIn(words, str(raised))
        self.assertEqual({}, self.left_over())

    @ddt.data(
        {'disk_format': 'qcow2'},
        {'disk_format': 'vhd', 'container_format': 'ovf'},
    )
    def test_other_formats(self, changes):
        self.assert_refused(
            exception.ImageUnacceptable,
            self.image(**changes),
            words='formats raw and vhd',
        )
        self.assertEqual([], list(self.simulator.calls))

    @ddt.data({'cookie': b'whatever'}, {'kind': 2}, {'kind': 4})
    def test_no_dynamic_vhd(self, changes):
        self.assert_refused(
            exception.ImageUnacceptable,
            self.image(
                driver_base.vhd(GIB, **changes) + bytes(512),
                disk_format='vhd',
            ),
            words='no dynamic VHD',
        )

    def test_vhd_that_is_too_big(self):
        self.assert_refused(
            exception.FlavorDiskSmallerThanImage,
            self.image(driver_base.vhd(2 * GIB), disk_format='vhd'),
        )

    def test_vhd_that_ends_too_early(self):
        self.assert_refused(
            errors.Refused,
            self.image(driver_base.vhd(1 << 20), disk_format='vhd'),
            words='VDI_IO_ERROR',
        )

    def test_raw_that_is_too_big(self):
        self.assert_refused(
            exception.FlavorDiskSmallerThanImage,
            self.image(size=GIB + 1),
        )

    @ddt.data(-1, 1)
    def test_wrong_length(self, difference):
        size = len(driver_base.DISK) + difference
        self.assert_refused(
            exception.ImageUnacceptable,
            self.image(size=size),
            words=f'{size} bytes',
        )

    def test_empty(self):
        self.assert_refused(
            exception.ImageUnacceptable, self.image(b''), words='0 bytes'
        )

    def test_glance_fails(self):
        def download(context, image_id, data, trusted_certs):
            data.write(bytes(1000))
            raise exception.ImageNotFound(image_id=image_id)

        self.glance.download = download
        self.assert_refused(exception.ImageNotFound, self.image())

    def test_no_space(self):
        self.simulator.faults.fail('SR_FULL', '1', '0', method='VDI.create')
        self.assert_refused(REFUSED, self.image(), words='not enough disk')

    @ddt.data(True, False)
    def test_lost_disk(self, after):
        self.simulator.faults.drop('VDI.create', after=after)
        self.assert_refused(errors.ConnectionBroke, self.image())

    @ddt.data(True, False)
    def test_lost_task(self, after):
        self.simulator.faults.drop('task.create', after=after)
        self.assert_refused(errors.ConnectionBroke, self.image())

    def test_import_breaks(self):
        self.simulator.faults.drop('PUT /import_raw_vdi')
        self.assert_refused(errors.ConnectionBroke, self.image())

    def test_storage_is_unplugged_meanwhile(self):
        for ref in self.rows('PBD'):
            self.pool.db.write('PBD', ref, currently_attached=False)
        self.assert_refused(errors.Refused, self.image(), words='SR_HAS_NO')

    def test_import_refused(self):
        create = self.xen.disks.create

        def create_and_unplug(*args):
            disk = create(*args)
            for ref in self.rows('PBD'):
                self.pool.db.write('PBD', ref, currently_attached=False)
            return disk

        with mock.patch.object(self.xen.disks, 'create', create_and_unplug):
            error = self.assertRaises(
                errors.Refused, self.spawn, self.xen, self.instance()
            )
        self.assertEqual('SR_HAS_NO_PBDS', error.refusal)

    def test_another_host_has_the_storage(self):
        self.simulate(
            {
                'hosts': [{'name': 'h1'}, {'name': 'h2'}],
                'storage': [{'name': 'there', 'hosts': ['h2']}],
            }
        )
        self.xen = self.driver('h2')
        self.spawn(self.xen, self.instance())
        self.assertEqual(2, self.called('PUT /import_raw_vdi'))
        self.assertEqual('Running', self.the_vm()[1]['power_state'])


@ddt.ddt
class OtherRefusalsTest(driver_base.DriverTestCase):
    def setUp(self):
        super().setUp()
        self.simulate()
        self.xen = self.driver()

    def assert_refused(self, error, instance, image=None, **kwargs):
        raised = self.assertRaises(
            error, self.spawn, self.xen, instance, image, **kwargs
        )
        self.assertEqual({}, self.left_over())
        return str(raised)

    @ddt.data({'ephemeral_gb': 1}, {'swap': 1})
    def test_disks_that_cannot_be_yet(self, changes):
        sentence = self.assert_refused(
            exception.InvalidInput, self.instance(**changes)
        )
        self.assertIn('no volumes, ephemeral disks or swap', sentence)
        self.assertEqual([], list(self.simulator.calls))

    def test_volumes(self):
        self.assert_refused(
            exception.InvalidInput,
            self.instance(),
            block_device_info={'block_device_mapping': [{'a': 'volume'}]},
        )

    def test_mode_that_xenserver_lacks(self):
        self.assert_refused(
            exception.ImageUnacceptable,
            self.instance(),
            self.image(properties={'hw_vm_mode': 'exe'}),
        )
        self.assertEqual([], list(self.simulator.calls))

    def test_paravirtual(self):
        self.spawn(
            self.xen,
            self.instance(),
            self.image(properties={'hw_vm_mode': 'xen'}),
        )
        _, vm = self.the_vm()
        self.assertEqual('pv', vm['domain_type'])
        self.assertEqual('', vm['HVM_boot_policy'])

    def test_uefi(self):
        self.spawn(
            self.xen,
            self.instance(),
            self.image(properties={'hw_firmware_type': 'uefi'}),
        )
        _, vm = self.the_vm()
        self.assertEqual('uefi', vm['HVM_boot_params']['firmware'])

    @ddt.data(
        ({'memory_mb': 1 << 20}, 'not enough memory'),
        ({'vcpus': 64}, 'not enough CPUs'),
    )
    @ddt.unpack
    def test_too_big(self, changes, words):
        sentence = self.assert_refused(REFUSED, self.instance(**changes))
        self.assertIn(words, sentence)

    def test_other_refusals_name_no_host(self):
        self.simulator.faults.fail(
            'HOST_DISABLED', 'OpaqueRef:1', method='VM.start_on'
        )
        sentence = self.assert_refused(errors.Refused, self.instance())
        self.assertEqual(
            'XenServer refused VM.start_on with HOST_DISABLED.', sentence
        )
        self.assertIn('OpaqueRef:1', self.log.output)

    @ddt.data(
        ('VM.create', True),
        ('VM.create', False),
        ('VBD.create', True),
        ('VBD.create', False),
        ('VM.start_on', False),
    )
    @ddt.unpack
    def test_broken_calls(self, method, after):
        self.simulator.faults.drop(method, after=after)
        self.assert_refused(errors.ConnectionBroke, self.instance())

    def test_start_whose_answer_is_lost(self):
        self.simulator.faults.drop('VM.start_on', after=True)
        self.spawn(self.xen, self.instance())
        self.assertEqual('Running', self.the_vm()[1]['power_state'])

    def test_start_that_takes_longer_than_its_answer(self):
        self.pool.settings.start_seconds = 1.5
        xen = self.driver(running_timeout=1)
        self.spawn(xen, self.instance())
        self.assertEqual('Running', self.the_vm()[1]['power_state'])

    def test_pool_that_is_gone(self):
        self.simulator.faults.drop('*', times=9999)
        self.assertRaises(
            errors.ConnectionBroke, self.spawn, self.xen, self.instance()
        )
        self.assertIn('could be removed', self.log.output)

    def test_undo_that_fails_hides_nothing(self):
        self.simulator.faults.fail('SR_FULL', method='VDI.create')
        self.simulator.faults.fail(
            'INTERNAL_ERROR', method='VM.get_all_records_where'
        )
        self.assertRaises(REFUSED, self.spawn, self.xen, self.instance())
        self.assertIn('could be removed', self.log.output)


@ddt.ddt
class GPUTest(driver_base.DriverTestCase):
    def setUp(self):
        super().setUp()
        self.simulate()
        self.xen = self.driver()

    def assert_refused(self, instance, image=None, error=REFUSED):
        raised = self.assertRaises(
            error, self.spawn, self.xen, instance, image
        )
        self.assertEqual({}, self.left_over())
        return str(raised)

    def test_vgpu(self):
        self.spawn(self.xen, self.gpu_instance(K260Q=1))
        self.assertEqual([('GRID K260Q', K2_GROUP)], self.vgpus())
        self.assertEqual(3, self.free(self.xen)['GRID K260Q'])

    def test_whole_card(self):
        gpu = self.instance('gpu', {'vgpus:GRID K2 passthrough': '1'})
        self.spawn(self.xen, gpu)
        self.assertEqual([('passthrough', K2_GROUP)], self.vgpus())
        free = self.free(self.xen)
        self.assertEqual(1, free['GRID K2 passthrough'])
        self.assertEqual(2, free['GRID K260Q'])

    def test_any_whole_card(self):
        gpu = self.instance('gpu', {'vgpus:passthrough': '1'})
        self.spawn(self.xen, gpu)
        self.assertEqual([('passthrough', K2_GROUP)], self.vgpus())

    def test_paravirtual(self):
        sentence = self.assert_refused(
            self.gpu_instance(K260Q=1),
            self.image(properties={'hw_vm_mode': 'xen'}),
            exception.ImageUnacceptable,
        )
        self.assertIn('only HVM guests can have vGPUs', sentence)
        self.assertEqual([], list(self.simulator.calls))

    def test_bad_flavor(self):
        self.assert_refused(
            self.instance('gpu', {'vgpus:GRID K260Q': 'many'}),
            error=exception.InvalidInput,
        )

    def test_extension_is_off(self):
        with mock.patch.object(extension, 'installed', lambda: False):
            self.assert_refused(self.gpu_instance(K260Q=1))
        self.assertIn(extension.HOW_TO_TURN_ON, self.log.output)

    def test_full(self):
        for number in range(4):
            self.start_foreign(K260Q, name=f'stranger {number}')
        self.empty = self.pool.snapshot()
        sentence = self.assert_refused(self.gpu_instance(K260Q=1))
        self.assertIn('not enough vGPUs: 1 x GRID K260Q', sentence)

    def test_place_taken_meanwhile(self):
        stale = self.xen.present_books()
        for number in range(4):
            self.start_foreign(K260Q, name=f'stranger {number}')
        self.empty = self.pool.snapshot()
        self.track(self.xen, stale)
        sentence = self.assert_refused(self.gpu_instance(K260Q=1))
        self.assertEqual(
            'Insufficient compute resources: not enough vGPUs: GRID K260Q.',
            sentence,
        )
        self.assertIn(
            f'host h1 refused vGPU GRID K260Q in group {K2_GROUP}: '
            'VM_REQUIRES_VGPU',
            self.log.output,
        )

    def test_goes_where_it_is_claimed(self):
        self.simulate(
            {
                'hosts': [
                    {
                        'name': 'h1',
                        'cards': [
                            {'card': 'GRID K2', 'group': 'a'},
                            {'card': 'GRID K2', 'group': 'b'},
                        ],
                    }
                ]
            }
        )
        self.xen = self.driver()
        gpu = self.gpu_instance(K260Q=1)
        books = self.xen.present_books()
        group = next(
            g['uuid']
            for g in self.rows('GPU_group').values()
            if g['name_label'] == 'b'
        )
        key = names.canonical_key('GRID K260Q')
        claim = capacity.Claim(gpu.uuid, key, K260Q, group)
        claimed = dataclasses.replace(books, claims=(claim,))
        self.track(self.xen, claimed)
        self.spawn(self.xen, gpu)
        self.assertEqual([('GRID K260Q', 'b')], self.vgpus())

    def test_two_in_one_vm_where_xenserver_does_not_allow_it(self):
        sentence = self.assert_refused(self.gpu_instance(K260Q=2))
        self.assertIn('not enough vGPUs: 2 x GRID K260Q', sentence)
        for method in self.simulator.calls.counts():
            self.assertIn('.get_', method)

    def test_two_in_one_vm_that_xenserver_allowed_before(self):
        """A claim outlives an update of the host's GPU driver."""
        gpu = self.gpu_instance(K260Q=2)
        books = self.xen.present_books()
        models = [m._replace(companions=None) for m in books.models]
        wanted = request.VGPURequest.of({'GRID K260Q': 2})
        claimed = dataclasses.replace(books, models=models)
        claimed = claimed.claim(gpu.uuid, wanted)
        self.track(self.xen, claimed)
        self.assertIn(
            'one VM can not have vGPUs GRID K260Q and GRID K260Q together',
            self.assert_refused(gpu),
        )

    def test_two_in_one_vm(self):
        self.simulate({'hosts': [{'name': 'h1', 'cards': ['NVIDIA A16']}]})
        self.xen = self.driver()
        gpu = self.instance('gpu', {'vgpus:NVIDIA A16-16Q': '2'})
        self.spawn(self.xen, gpu)
        names = [name for name, _ in self.vgpus()]
        self.assertEqual(['NVIDIA A16-16Q'] * 2, names)

    def test_licence_without_vgpus(self):
        stale = self.xen.present_books()
        self.simulate(restricted=['vgpu'])
        self.xen = self.driver()
        self.assertIn('whole GPUs only', self.log.output)
        self.assertEqual({'GRID K2 passthrough': 2}, dict(self.free(self.xen)))
        self.track(self.xen, stale)
        self.assert_refused(self.gpu_instance(K260Q=1))

    @ddt.data(('VGPU.create', True), ('VGPU.create', False))
    @ddt.unpack
    def test_broken_calls(self, method, after):
        self.simulator.faults.drop(method, after=after)
        self.assert_refused(
            self.gpu_instance(K260Q=1), error=errors.ConnectionBroke
        )
