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

"""A flavor that is wrong, refused before anybody is asked for hosts.

Where Placement or another filter refuses it first, the user would only hear
that there is no valid host.
"""

from nova_vgpu_ext import exception
from nova_vgpu_ext import flavors
from nova_vgpu_ext import request


def refuse_wrong_flavor(context, request_spec):
    """One of Nova's request filters; leaves the request as it is.

    :raises WrongFlavor: with the sentence that the user gets
    """
    try:
        flavors.vgpu_request(request_spec.flavor)
    except request.InvalidVGPURequest as error:
        raise exception.WrongFlavor(reason=str(error)) from None
    return False
