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

"""Whether a flavor will do for an image."""

import ddt
from nova.objects import image_meta
from oslotest import base

from nova_vgpu_ext import images
from nova_vgpu_ext import request

ONE = request.VGPURequest.of({'GRID K260Q': 1})


def image(**properties):
    return image_meta.ImageMeta.from_dict({'properties': properties})


NEEDS_GPU = image(**{'trait:CUSTOM_VGPU': 'required'})


@ddt.ddt
class RefusalTest(base.BaseTestCase):
    def test_flavor_without_vgpus(self):
        self.assertEqual(
            'The image requires a GPU (trait:CUSTOM_VGPU=required), and the '
            'flavor grants none: choose a flavor with a vGPU.',
            images.refusal(NEEDS_GPU, request.NOTHING),
        )

    def test_flavor_with_a_vgpu(self):
        self.assertIsNone(images.refusal(NEEDS_GPU, ONE))

    @ddt.data(
        None,
        image_meta.ImageMeta(),
        image(),
        image(**{'trait:CUSTOM_VGPU': 'forbidden'}),
        image(**{'trait:CUSTOM_OTHER': 'required'}),
    )
    def test_other_images(self, other):
        for wanted in (request.NOTHING, ONE):
            self.assertIsNone(images.refusal(other, wanted))

    def test_one_trait_of_several(self):
        several = image(
            **{
                'trait:CUSTOM_OTHER': 'required',
                'trait:CUSTOM_VGPU': 'required',
            }
        )
        self.assertTrue(images.requires_gpu(several))
