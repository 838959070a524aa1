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

from oslo_log import log as logging

LOG = logging.getLogger(__name__)

_DRIVERS = {
    'FakeDriver': 'nova_vgpu_ext.virt.fake',
    'XenAPIDriver': 'nova_vgpu_ext.virt.xenapi.driver',
}

# What drivers import that is installed only if asked for.
_OPTIONAL = ('XenAPI', 'fixtures')


def __getattr__(name):
    """Load a driver when it is asked for, and what it needs only then."""
    if name not in _DRIVERS:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    try:
        return getattr(importlib.import_module(_DRIVERS[name]), name)
    except ModuleNotFoundError as error:
        if error.name not in _OPTIONAL:
            raise
        # Nova would log a traceback, and end this process all the same.
        sentence = (
            f'compute_driver = vgpu_ext.{name} needs the Python package '
            f'{error.name}: run "pip install {error.name}" in the Python '
            'environment of nova-compute.'
        )
    LOG.critical('%s', sentence)
    raise SystemExit(sentence)
