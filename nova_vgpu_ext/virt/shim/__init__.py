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

"""The drivers where Nova looks for them.

Installed as ``nova.virt.vgpu_ext``, for ``compute_driver =
vgpu_ext.FakeDriver``: Nova puts ``nova.virt.`` before what the option says.
"""

import importlib

_DRIVERS = {
    'FakeDriver': 'nova_vgpu_ext.virt.fake',
    'XenAPIDriver': 'nova_vgpu_ext.virt.xenapi.driver',
}


def __getattr__(name):
    """Load a driver when it is asked for, and what it needs only then."""
    if name not in _DRIVERS:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(importlib.import_module(_DRIVERS[name]), name)
