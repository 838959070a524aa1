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

"""Images that need a GPU.

An image says so by the property ``trait:CUSTOM_VGPU=required``. It never
adds a GPU: what an instance gets, and what is paid for, is the flavor's.
"""

from nova_vgpu_ext import names

REFUSAL = (
    f'The image requires a GPU (trait:{names.TRAIT}=required), and the '
    'flavor grants none: choose a flavor with a vGPU.'
)


def refusal(image, wanted):
    """Why a flavor won't do for an image, None if it will.

    :param image: Nova's ImageMeta, as RequestSpec.image has it, or None; of
        what Glance says of an image, it is ``ImageMeta.from_dict(image)``
    :param wanted: the VGPURequest of the flavor
    :returns: one sentence, which is for users
    """
    return REFUSAL if not wanted and requires_gpu(image) else None


def requires_gpu(image):
    """Does an image need a GPU?

    :param image: Nova's ImageMeta, or None
    """
    # A trait that is forbidden is between the image and Placement: what is
    # required alone gets into traits_required.
    if not image or 'properties' not in image:
        return False
    return names.TRAIT in image.properties.get('traits_required', [])
