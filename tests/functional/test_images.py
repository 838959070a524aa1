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

"""Images that need a GPU, with real services."""

from unittest import mock

from nova.tests import fixtures as nova_fixtures
from nova.tests.functional.api import client
from nova.volume import cinder

from nova_vgpu_ext import images
from tests.functional import base

K260Q = 'GRID K260Q'
PLAIN_IMAGE = '155d900f-4e14-4e4c-a73d-069cbf4541e6'
NEEDS_GPU = {'trait:CUSTOM_VGPU': 'required'}
VOLUME = nova_fixtures.CinderFixture.IMAGE_BACKED_VOL


class ImagesTestCase(base.VGPUTestCase):
    """Two hosts with a GRID K2 each."""

    def setUp(self):
        super().setUp()
        self.start_host('h1', 'GRID K2')
        self.start_host('h2', 'GRID K2')
        self.image = self.image_with(NEEDS_GPU)

    def image_with(self, properties):
        """The id of a new image."""
        image = self.glance.show(None, PLAIN_IMAGE)
        del image['id']
        image['properties'].update(properties)
        return self.glance.create(None, image)['id']

    def evacuate(self, server):
        lost = self.host_of(server)
        self.computes[lost].stop()
        (service,) = self.api.get_services(host=lost, binary='nova-compute')
        self.api.put_service_force_down(service['id'], True)
        # From 2.95 on, it would be stopped.
        with mock.patch.object(self.api, 'microversion', '2.94'):
            self._evacuate_server(server, expected_state='ACTIVE')


class ImagesTest(ImagesTestCase):
    def setUp(self):
        super().setUp()
        self.plain = self.flavor()
        self.gpu = self.flavor({f'vgpus:{K260Q}': '1'})

    def refused(self, call, *args, **kwargs):
        """The API itself says why, and nothing is changed."""
        error = self.assertRaises(
            client.OpenStackApiException, call, *args, **kwargs
        )
        self.assertEqual(400, error.response.status_code)
        message = error.response.json()['badRequest']['message']
        self.assertEqual(images.REFUSAL, message)

    def held(self, server):
        """How many vGPUs an instance holds, by the books."""
        books = self.books(self.host_of(server))
        return sum(claim.owner == server['id'] for claim in books.claims)

    def is_unchanged(self, server, image=PLAIN_IMAGE):
        found = self.api.get_server(server['id'])
        self.assertEqual('ACTIVE', found['status'])
        self.assertIsNone(found['OS-EXT-STS:task_state'])
        self.assertEqual(image, found['image']['id'])
        self.assertEqual(server['flavor'], found['flavor'])

    # Boot

    def test_boot(self):
        self.refused(self.boot, self.plain, image_uuid=self.image)
        self.assertEqual([], self.api.get_servers())

    def test_boot_on_a_host_that_is_forced(self):
        self.refused(
            self.boot, self.plain, image_uuid=self.image, az='nova:h1'
        )

    def test_flavor_with_a_vgpu(self):
        server = self.boot(self.gpu, image_uuid=self.image)
        self.assertEqual(1, self.held(server))

    def test_no_vgpus_in_placement(self):
        """The trait is there all the same."""
        self.flags(claim_in_placement=False, group='vgpus')
        server = self.boot(self.gpu, image_uuid=self.image)
        self.assertEqual(1, self.held(server))

    def test_image_adds_no_gpu(self):
        """Neither to the books nor to what is paid for."""
        two = self.flavor({f'vgpus:{K260Q}': '2'})
        server = self.boot(two, image_uuid=self.image)
        self.assertEqual(2, self.held(server))

    def test_image_that_forbids_gpus(self):
        image = self.image_with({'trait:CUSTOM_VGPU': 'forbidden'})
        self.boot(self.plain, image_uuid=image)

    def test_wrong_flavor_has_its_own_reason(self):
        wrong = self.flavor({f'vgpus:{K260Q}': '1', 'vgpus:GRID_K260Q': '2'})
        server = self.boot(wrong, 'ERROR', image_uuid=self.image)
        self.assertIn('name the same vGPU model', server['fault']['message'])

    # Volumes

    def boot_from_volume(self, flavor):
        server = self._build_server(flavor_id=flavor, networks='none')
        del server['imageRef']
        server['block_device_mapping_v2'] = [
            {
                'source_type': 'volume',
                'destination_type': 'volume',
                'boot_index': 0,
                'uuid': VOLUME,
            }
        ]
        server = self.api.post_server({'server': server})
        return self._wait_for_state_change(server, 'ACTIVE')

    def volume_of_such_an_image(self):
        get = cinder.API.get  # of Nova's fixture, without self

        def with_properties(*args, **kwargs):
            volume = get(*args, **kwargs)
            volume['volume_image_metadata'].update(NEEDS_GPU)
            return volume

        return mock.patch.object(
            cinder.API, 'get', staticmethod(with_properties)
        )

    def test_volume(self):
        with self.volume_of_such_an_image():
            self.refused(self.boot_from_volume, self.plain)
            server = self.boot_from_volume(self.gpu)
            self.assertEqual(1, self.held(server))
            self.refused(self._resize_server, server, self.plain)

    # Rebuild

    def test_rebuild_without_a_vgpu(self):
        """Though the host has GPUs."""
        server = self.boot(self.plain)
        self.refused(self._rebuild_server, server, self.image)
        self.is_unchanged(server)
        # Nova would keep the image's traits for each later move.
        self._migrate_server(server)

    def test_rebuild_with_an_image_that_was_changed(self):
        image = self.image_with({})
        server = self.boot(self.plain, image_uuid=image)
        self.glance.update(None, image, {'properties': NEEDS_GPU})
        self.refused(self._rebuild_server, server, image)
        self.is_unchanged(server, image)

    def test_rebuild_with_a_vgpu(self):
        server = self.boot(self.gpu)
        self._rebuild_server(server, self.image)
        self.assertEqual(1, self.held(server))
        self._rebuild_server(server, PLAIN_IMAGE)
        self.assertEqual(1, self.held(server))

    # Moves

    def test_resize_to_a_flavor_without(self):
        server = self.boot(self.gpu, image_uuid=self.image)
        self.refused(self._resize_server, server, self.plain)
        self.is_unchanged(server, self.image)
        self.assertEqual(1, self.held(server))

    def test_resize_to_another_vgpu(self):
        server = self.boot(self.gpu, image_uuid=self.image)
        self._resize_server(server, self.flavor({f'vgpus:{K260Q}': '2'}))
        self._confirm_resize(server)
        self.assertEqual(2, self.held(server))

    def test_resize_after_a_rebuild(self):
        """What counts is the image that the instance has now."""
        server = self.boot(self.gpu, image_uuid=self.image)
        self._rebuild_server(server, PLAIN_IMAGE)
        self._resize_server(server, self.plain)
        self._confirm_resize(server)
        self.assertEqual(0, self.held(server))

    def test_snapshot_needs_one_too(self):
        server = self.boot(self.gpu, image_uuid=self.image)
        self._snapshot_server(server, 'snapshot')
        (snapshot,) = (
            image['id']
            for image in self.glance.detail(None)
            if image['name'] == 'snapshot'
        )
        self.refused(self.boot, self.plain, image_uuid=snapshot)

    def test_unshelve(self):
        server = self.boot(self.gpu, image_uuid=self.image)
        self._shelve_server(server)
        self._unshelve_server(server)
        self.assertEqual(1, self.held(server))

    def test_evacuate(self):
        server = self.boot(self.gpu, image_uuid=self.image)
        self.evacuate(server)
        self.assertEqual(1, self.held(server))


class BeforeTheExtensionTest(ImagesTestCase):
    """An instance from a time when nobody asked whether it has a GPU."""

    def setUp(self):
        super().setUp()
        with mock.patch.object(images, 'refusal', return_value=None):
            self.server = self.boot(self.flavor(), image_uuid=self.image)

    def test_unshelve(self):
        self._shelve_server(self.server)
        self._unshelve_server(self.server)

    def test_migrate(self):
        self._migrate_server(self.server)
        self._confirm_resize(self.server)

    def test_evacuate(self):
        self.evacuate(self.server)
