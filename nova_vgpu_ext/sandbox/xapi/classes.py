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

"""Which class answers the calls of which XAPI class."""

from nova_vgpu_ext.sandbox.xapi import events
from nova_vgpu_ext.sandbox.xapi import gpus
from nova_vgpu_ext.sandbox.xapi import hosts
from nova_vgpu_ext.sandbox.xapi import networks
from nova_vgpu_ext.sandbox.xapi import sessions
from nova_vgpu_ext.sandbox.xapi import storage_calls
from nova_vgpu_ext.sandbox.xapi import tasks
from nova_vgpu_ext.sandbox.xapi import vbds
from nova_vgpu_ext.sandbox.xapi import vgpus
from nova_vgpu_ext.sandbox.xapi import vms

HANDLERS = {
    'GPU_group': gpus.GPUGroup,
    'PBD': storage_calls.PBD,
    'PGPU': gpus.PGPU,
    'SR': storage_calls.SR,
    'VBD': vbds.VBD,
    'VDI': storage_calls.VDI,
    'VGPU': vgpus.VGPU,
    'VIF': networks.VIF,
    'VM': vms.VM,
    'event': events.Event,
    'host': hosts.Host,
    'network': networks.Network,
    'pool': hosts.Pool,
    'session': sessions.Session,
    'task': tasks.Task,
}
