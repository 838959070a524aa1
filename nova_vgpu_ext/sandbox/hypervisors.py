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

"""Which driver the computes of a sandbox have."""

from nova_vgpu_ext.sandbox import config
from nova_vgpu_ext.sandbox import errors
from nova_vgpu_ext.sandbox import fake_hosts
from nova_vgpu_ext.sandbox import requirements

XENAPI = 'xenapi'
FAKE = 'fake'
DRIVERS = (XENAPI, FAKE)


def make(layout, wanted, port):
    """The hosts of a sandbox, none of which is there yet.

    :param wanted: one of DRIVERS; None for that of the last start in this
        directory, or else the first one
    :param port: of the sandbox
    :returns: xen_hosts.XenHosts or fake_hosts.FakeHosts
    :raises SandboxError: if the directory is for the other driver, or
        something isn't installed
    """
    kept = _kept(layout)
    if wanted and kept and wanted != kept:
        raise errors.SandboxError(
            f'The sandbox in {layout.root} has the driver {kept}, and its '
            f'hosts can not change to {wanted}: choose another directory.'
        )
    if (wanted or kept or DRIVERS[0]) == FAKE:
        return fake_hosts.FakeHosts(layout)
    requirements.check(*requirements.XENAPI)
    # It imports what has just been looked for.
    from nova_vgpu_ext.sandbox import xen_hosts

    return xen_hosts.XenHosts(layout, port)


def _kept(layout):
    """The driver of the last start in the directory; None at the first."""
    options = config.read(layout).defaults()
    known = {'vgpu_ext.FakeDriver': FAKE, 'vgpu_ext.XenAPIDriver': XENAPI}
    return known.get(options.get('compute_driver'))
