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

"""Where the vGPUs of a flavor fit, and why not elsewhere.

Asked of the same books, by the same code, as filter and claim ask.
"""

from nova_vgpu_ext import flavors
from nova_vgpu_ext import images
from nova_vgpu_ext import reasons
from nova_vgpu_ext import request
from nova_vgpu_ext.api import views

NONE_ASKED = 'The flavor asks for no vGPU, so it fits on every host.'
NO_HOSTS = 'There is no such compute host.'


def explanation(flavor, image, reports, read_all):
    """The answer.

    :param flavor: Nova's Flavor
    :param image: Nova's ImageMeta, or None
    :param reports: of the hosts in question, sorted by host
    :param read_all: gives the reports of all hosts of the cloud
    """
    wanted, refusal = _wanted(flavor, image)
    reason = refusal or _reason(wanted, reports, read_all)
    return {
        'flavor': flavor.flavorid,
        'requested': {
            wanted.spelled[key]: count for key, count in wanted.items
        },
        'reason': reason,
        'hosts': [
            _of_host(name, there, wanted, refusal)
            for name, there in views.by_host(reports)
        ],
    }


def _wanted(flavor, image):
    """(VGPURequest, why it is refused whatever the hosts have, or None)"""
    try:
        wanted = flavors.vgpu_request(flavor)
    except request.InvalidVGPURequest as error:
        return request.NOTHING, str(error)
    return wanted, images.refusal(image, wanted)


def _reason(wanted, reports, read_all):
    """What there is to say of all hosts in one sentence, or None."""
    if not wanted:
        return NONE_ASKED
    unknown = _unknown(wanted, reports) and _unknown(wanted, read_all())
    if unknown:
        return reasons.nowhere(unknown)
    return None if reports else NO_HOSTS


def _unknown(wanted, reports):
    return reasons.unknown_models([one.books for one in reports], wanted)


def _of_host(name, reports, wanted, refusal):
    """It fits if it fits on any of the host's nodes."""
    found = [refusal or _of_node(report, wanted) for report in reports]
    fits = None in found
    return {
        'host': name,
        'fits': fits,
        'reason': None if fits else found[0],
    }


def _of_node(report, wanted):
    reason = reasons.of_host(report.books, wanted)
    return reason and (report.problem or reason)
