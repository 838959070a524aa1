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

"""The API asks whether image and flavor go together."""

from unittest import mock

import ddt
from nova import exception as nova_exception
from nova import objects
from nova import test
from nova.api.openstack.compute import servers
from nova.compute import api

from nova_vgpu_ext import exception
from nova_vgpu_ext import extension
from nova_vgpu_ext import images
from nova_vgpu_ext.api import image_check

extension.install()

NEEDS_GPU = {'properties': {'trait:CUSTOM_VGPU': 'required'}}


def flavor(**extra_specs):
    return objects.Flavor(
        extra_specs=extra_specs, vcpus=1, memory_mb=64, root_gb=1
    )


@ddt.ddt
class ImageCheckTest(test.NoDBTestCase):
    def test_is_asked_with_the_questions_of_novas(self):
        error = self.assertRaises(
            exception.ImageNeedsGPU,
            api.API._validate_flavor_image_numa_pci,
            NEEDS_GPU,
            flavor(),
        )
        self.assertEqual(images.REFUSAL, error.format_message())

    def test_is_a_bad_request_to_the_user(self):
        self.assertTrue(
            issubclass(
                exception.ImageNeedsGPU,
                servers.INVALID_FLAVOR_IMAGE_EXCEPTIONS,
            )
        )

    @ddt.data(
        (NEEDS_GPU, {'vgpus:GRID K260Q': '1'}),
        (NEEDS_GPU, {'resources:CUSTOM_VGPU_GRID_K260Q': '1'}),
        # The scheduler refuses it, and says why.
        (NEEDS_GPU, {'vgpus:GRID K260Q': 'many'}),
        ({'properties': {}}, {}),
        ({}, {}),
        (None, {}),
    )
    @ddt.unpack
    def test_what_passes(self, image, extra_specs):
        stock = mock.Mock(__name__='stock')
        image_check.checks_gpu(stock)(
            image, flavor(**extra_specs), validate_pci=True
        )
        stock.assert_called_once_with(image, mock.ANY, validate_pci=True)

    def test_what_nova_refuses(self):
        refuses = mock.Mock(
            __name__='stock', side_effect=nova_exception.InvalidRequest
        )
        self.assertRaises(
            nova_exception.InvalidRequest,
            image_check.checks_gpu(refuses),
            NEEDS_GPU,
            flavor(),
        )
