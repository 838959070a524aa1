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

"""What a vGPU model is called, everywhere.

The scheduler, quotas and the API see only a flavor, so what a name means
must not depend on a host. The canonical key of a model is therefore its
name brought into the alphabet of Placement's resource classes; spellings
with the same key are the same model.
"""

import functools
import re

PREFIX = 'CUSTOM_VGPU_'
TRAIT = 'CUSTOM_VGPU'  # of compute nodes that have GPUs
ANY_PASSTHROUGH = 'passthrough'

# A resource class has at most 255 characters (os_resource_classes).
MAX_LENGTH = 255 - len(PREFIX)

_NOT_IN_CLASS = re.compile('[^A-Za-z0-9_]')
_NOT_IN_SPEC = re.compile('[^A-Za-z0-9_. -]')


# A cloud has few names, which are asked for with each host of each request.
_cached = functools.lru_cache(maxsize=4096)


@_cached
def canonical_key(name):
    """The key that equal spellings of a model share.

    :param name: ``GRID K260Q``, for example
    :returns: ``CUSTOM_VGPU_GRID_K260Q``
    """
    return PREFIX + _NOT_IN_CLASS.sub('_', name.strip()).upper()


@_cached
def shown(name):
    """A hypervisor's name in the alphabet that extra-spec keys allow.

    A colon would be legal in a key too, but separates the parts of
    ``capabilities:vgpus:<model>``, so no name has one.
    """
    return _NOT_IN_SPEC.sub('-', name.strip())


def of_vgpus(resources):
    """The part of a dict by Placement's resource classes that is ours."""
    return {
        name: value
        for name, value in resources.items()
        if name.startswith(PREFIX)
    }


def second_name(identifier):
    """The name that a type answers to whatever its plain name is.

    Made of the hypervisor's identifier alone, it survives updates of
    drivers and PCI id tables, and two types never share it.
    """
    return shown(identifier)


ANY_PASSTHROUGH_KEY = canonical_key(ANY_PASSTHROUGH)
