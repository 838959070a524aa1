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


"""XenAPIDrivers on simulated hosts, without the rest of Nova."""

import struct
from unittest import mock

import nova.conf
from nova import exception
from nova import objects
from nova.virt import fake as nova_fake
from oslo_config import fixture as config_fixture
from oslo_utils import units
from oslo_utils.fixture import uuidsentinel as uuids

from nova_vgpu_ext import conf
from nova_vgpu_ext import extension
from nova_vgpu_ext.sandbox.xapi import records
from nova_vgpu_ext.virt.xenapi import conf as xenserver_conf
from nova_vgpu_ext.virt.xenapi import driver
from tests.unit.virt.xenapi import base

DISK = bytes(range(256)) * 8192  # 2 MiB
REFUSED = exception.ComputeResourcesUnavailable
K2_GROUP = 'Group of NVIDIA Corporation GK104GL [GRID K2] GPUs'

# Objects that instances need for themselves.
OWN = ('VM', 'VDI', 'VBD', 'VIF', 'VGPU', 'task')


def vhd(size, kind=3, cookie=b'conectix'):
    """The beginning of a VHD of so many bytes."""
    head = bytearray(512)
    struct.pack_into('>8s', head, 0, cookie)
    struct.pack_into('>Q', head, 48, size)
    struct.pack_into('>I', head, 60, kind)
    return bytes(head)


class Glance:
    """Hands images out in pieces."""

    def __init__(self, piece=100_000):
        self.data = {}
        self._piece = piece

    def download(self, context, image_id, data=None, trusted_certs=None):
        image = self.data[image_id]
        for start in range(0, len(image), self._piece):
            data.write(image[start : start + self._piece])


class DriverTestCase(base.SimulatorTestCase):
    """Has a driver on a host with a GRID K2, unless a test says else."""

    def setUp(self):
        super().setUp()
        objects.register_all()
        self.conf = self.useFixture(config_fixture.Config(nova.conf.CONF))
        conf.register_opts(nova.conf.CONF)
        xenserver_conf.register_opts(nova.conf.CONF)
        self.glance = Glance()
        self.patch('nova.image.glance.API', lambda: self.glance)
        self.patch_object(extension, 'installed', lambda: True)
        self.patch('nova_vgpu_ext.virt.xenapi.session._FIRST_PAUSE', 0.01)

    def patch(self, *args):
        patched = mock.patch(*args)
        self.addCleanup(patched.stop)
        return patched.start()

    def patch_object(self, *args):
        patched = mock.patch.object(*args)
        self.addCleanup(patched.stop)
        return patched.start()

    def make_driver(self, name='h1', **options):
        """A driver before init_host.

        :param options: of the group xenserver
        """
        self.conf.config(
            group='xenserver',
            **{
                'connection_url': self.simulator.url(self.host_uuid(name)),
                'connection_password': self.pool.settings.password,
                'cafile': self.simulator.ca_file,
                'running_timeout': 5,
                **options,
            },
        )
        return driver.XenAPIDriver(nova_fake.FakeVirtAPI())

    def driver(self, name='h1', **options):
        """A driver as after a start of nova-compute."""
        made = self.make_driver(name, **options)
        made.init_host(name)
        self.addCleanup(made.cleanup_host, name)
        self.empty = self.pool.snapshot()
        self.simulator.calls.clear()
        return made

    def instance(self, name='one', specs=None, **changes):
        """An instance; changes are to its flavor."""
        flavor = objects.Flavor(
            **{
                'name': 'f',
                'vcpus': 1,
                'memory_mb': 64,
                'root_gb': 1,
                'ephemeral_gb': 0,
                'swap': 0,
                'extra_specs': specs or {},
                **changes,
            }
        )
        return objects.Instance(
            uuid=getattr(uuids, name),
            id=len(name),
            display_name=name,
            flavor=flavor,
            vm_mode=None,
            vm_state='active',
            task_state=None,
            config_drive='',
            launched_at=None,
            trusted_certs=None,
            image_ref='',
            system_metadata={},
        )

    def track(self, driver, books):
        """Let a driver have a resource tracker with these books."""
        driver.vgpu_tracker = mock.Mock()
        driver.vgpu_tracker.vgpu_books.return_value = books
        return driver.vgpu_tracker

    def gpu_instance(self, name='gpu', **counts):
        """``K260Q=2`` asks for two ``GRID K260Q``."""
        specs = {f'vgpus:GRID {m}': str(n) for m, n in counts.items()}
        return self.instance(name, specs)

    def image(self, data=DISK, properties=None, **changes):
        """The ImageMeta of a new image."""
        image_id = getattr(uuids, f'image {len(self.glance.data)}')
        self.glance.data[image_id] = data
        return objects.ImageMeta.from_dict(
            {
                'id': image_id,
                'name': 'an image',
                'disk_format': 'raw',
                'container_format': 'bare',
                'size': len(data),
                'properties': properties or {},
                **changes,
            }
        )

    def spawn(self, driver, instance, image=None, **kwargs):
        driver.spawn(
            None, instance, image or self.image(), [], None, {}, **kwargs
        )

    def start_foreign(self, identifier, group=K2_GROUP, name='stranger'):
        """Start a VM that isn't Nova's, with one vGPU."""
        (vgpu_type,) = (
            ref
            for ref, row in self.rows('VGPU_type').items()
            if row['identifier'] == identifier
        )
        (where,) = (
            ref
            for ref, row in self.rows('GPU_group').items()
            if row['name_label'] == group
        )
        vm = self.pool.call('VM.create', records.vm(name, 64))
        self.pool.call('VGPU.create', vm, where, '0', {}, vgpu_type)
        (host,) = (
            ref
            for ref, row in self.rows('host').items()
            if row['name_label'] == 'h1'
        )
        self.pool.call('VM.start_on', vm, host, False, False)
        return vm

    # What is seen

    def left_over(self):
        """{class: number} of what there is beside the pool itself."""
        now = self.pool.snapshot()
        counts = {
            table: len(set(now[table]) - set(self.empty[table]))
            for table in OWN
        }
        return {table: count for table, count in counts.items() if count}

    def the_vm(self):
        """(reference, record) of the only instance."""
        (found,) = (
            item
            for item in self.rows('VM').items()
            if 'nova-instance-uuid' in item[1]['other_config']
        )
        return found

    def vgpus(self):
        """[(model, group)] of the only instance."""
        types, groups = self.rows('VGPU_type'), self.rows('GPU_group')
        ref, _ = self.the_vm()
        found = [v for v in self.rows('VGPU').values() if v['VM'] == ref]
        found.sort(key=lambda vgpu: int(vgpu['device']))
        return [
            (
                types[vgpu['type']]['model_name'],
                groups[vgpu['GPU_group']]['name_label'],
            )
            for vgpu in found
        ]

    def disks(self):
        """{number: (name without uuid, bootable)} of the only instance."""
        ref, _ = self.the_vm()
        disks = self.rows('VDI')
        return {
            vbd['userdevice']: (
                disks[vbd['VDI']]['name_label'].rpartition('-')[2],
                vbd['bootable'],
            )
            for vbd in self.rows('VBD').values()
            if vbd['VM'] == ref
        }

    def free(self, driver):
        return driver.get_available_resource('h1')['vgpus'].free


GIB = units.Gi
