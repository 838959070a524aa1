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

"""What flavors and instances ask for, by the options of this node."""

import functools

import nova.conf
from oslo_log import log as logging

from nova_vgpu_ext import request

CONF = nova.conf.CONF
LOG = logging.getLogger(__name__)


@functools.lru_cache(maxsize=8)
def _alias_keys(aliases):
    return request.alias_keys(dict(aliases))


def alias_keys():
    """``[vgpus] model_aliases`` as canonical keys.

    :raises InvalidVGPURequest: if the aliases go round in a circle
    """
    return _alias_keys(tuple(sorted(CONF.vgpus.model_aliases.items())))


def vgpu_request(flavor):
    """The VGPURequest of a flavor.

    :raises InvalidVGPURequest: one sentence for a flavor that is wrong
    """
    wanted = request.VGPURequest.from_flavor(flavor)
    # Wrong aliases are no fault of a flavor without vGPUs.
    aliases = alias_keys() if wanted else None
    if aliases:
        wanted = request.VGPURequest.from_flavor(flavor, aliases)
    return wanted


def request_if_right(flavor):
    """The same, where a flavor that is wrong asks for nothing.

    For what comes before such a flavor is refused, with the reason.
    """
    try:
        return vgpu_request(flavor)
    except request.InvalidVGPURequest:
        return request.NOTHING


def valid_request(flavor):
    """The same with a warning.

    For what comes after a flavor was refused by filter and claim: it can
    be wrong there only if it was changed behind an instance.
    """
    try:
        return vgpu_request(flavor)
    except request.InvalidVGPURequest as error:
        _warn_once(str(error))
        return request.NOTHING


@functools.lru_cache(maxsize=256)
def _warn_once(sentence):
    """Each audit meets the same instances again."""
    LOG.warning('%s', sentence)
