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

"""What a flavor's vGPUs are to Placement.

All forms of a request become the same resources, in the one place where
Nova reads them: for nova-scheduler, quotas and nova-manage alike.
"""

import functools

import nova.conf
from nova import objects

from nova_vgpu_ext import flavors
from nova_vgpu_ext import request

CONF = nova.conf.CONF


def asks_for_vgpus(stock):
    """Let ResourceRequest see the vGPUs of each form, once.

    :param stock: ResourceRequest._process_extra_specs
    """

    @functools.wraps(stock)
    def process(self, flavor):
        wanted = flavors.request_if_right(flavor)
        stock(self, _with_resources(flavor, wanted) if wanted else flavor)

    return process


def _with_resources(flavor, wanted):
    """The extra specs of a flavor, as one that has no other form."""
    extra_specs = {
        spec: value
        for spec, value in flavor.extra_specs.items()
        if not request.is_resource(spec)
    }
    if CONF.vgpus.claim_in_placement:
        for key, count in wanted.items:
            extra_specs[f'resources:{key}'] = str(count)
    return objects.Flavor(extra_specs=extra_specs)
