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

"""An image that needs a GPU is refused with a flavor that has none.

Nova's API asks whether image and flavor go together where an instance is
booted, rebuilt or gets another flavor, before anything is changed. It does
not where an instance moves as it is.
"""

import functools

from nova import objects

from nova_vgpu_ext import exception
from nova_vgpu_ext import flavors
from nova_vgpu_ext import images
from nova_vgpu_ext import request


def checks_gpu(stock):
    """Let that question of Nova's be about GPUs too.

    :param stock: API._validate_flavor_image_numa_pci, which the API asks for
        images and volumes alike
    """

    @functools.wraps(stock)
    def validate(image, flavor, *args, **kwargs):
        stock(image, flavor, *args, **kwargs)
        reason = _refusal(image, flavor)
        if reason:
            raise exception.ImageNeedsGPU(reason=reason)

    return validate


def _refusal(image, flavor):
    image = objects.ImageMeta.from_dict(image)
    if not images.requires_gpu(image):
        return None
    try:
        wanted = flavors.vgpu_request(flavor)
    except request.InvalidVGPURequest:
        return None  # the scheduler tells what is wrong
    return images.refusal(image, wanted)
