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


"""Options of the XenServer driver, group ``[xenserver]``.

They have the names that Nova's former XenServer driver gave them, where
there was such an option.
"""

import itertools

from oslo_config import cfg

xenserver_group = cfg.OptGroup(
    'xenserver',
    title='XenServer options',
    help="""
Where the hypervisor of ``compute_driver = vgpu_ext.XenAPIDriver`` is.

One nova-compute serves one XenServer or XCP-ng host. It may run anywhere
from where it can reach the host's management interface and that of the
pool's coordinator.
""",
)

xenserver_opts = [
    cfg.StrOpt(
        'connection_url',
        help="""
Where the XenServer host answers, for example ``https://10.0.0.11``.

Let each nova-compute have the address of its own host. With ``host_uuid`` set,
any member of the pool will do, as members send the driver on to the pool's
coordinator. With ``http`` the password crosses the network in the clear.

Related options:

* ``[xenserver] host_uuid``
* ``[xenserver] cafile``
""",
    ),
    cfg.StrOpt(
        'connection_username',
        default='root',
        help="""
The account to log in with. Its role must be pool-admin or pool-operator:
lower ones can't give vGPUs to VMs.
""",
    ),
    cfg.StrOpt(
        'connection_password',
        secret=True,
        help="""
The password of the account. Let nobody but the user who runs nova-compute
read the file in which it stands.
""",
    ),
    cfg.StrOpt(
        'host_uuid',
        help="""
The uuid of the XenServer host that this nova-compute serves.

If unset, it is the host whose address stands in ``connection_url``. Set it
where that is a name or address that several hosts share, or that none of
them knows as its own.

Related options:

* ``[xenserver] connection_url``
""",
    ),
    cfg.StrOpt(
        'cafile',
        help="""
A file of PEM certificates by which those of the XenServer hosts are checked:
that of the authority which signed them, or the hosts' own self-signed ones,
one after the other. If unset, the system's authorities are trusted.

Related options:

* ``[xenserver] insecure``
""",
    ),
    cfg.BoolOpt(
        'insecure',
        default=False,
        help="""
Whether to talk to hosts whose certificates can't be checked. Anybody in the
network between could then read the password. Only for trials.
""",
    ),
    cfg.IntOpt(
        'connection_concurrent',
        default=5,
        min=1,
        help="""
How many calls to XenServer may be under way at once. Each has a session of
its own, and a pool bears 500 of one originator.
""",
    ),
    cfg.IntOpt(
        'login_timeout',
        default=10,
        min=1,
        help='Seconds that XenServer has to accept a connection.',
    ),
    cfg.IntOpt(
        'running_timeout',
        default=60,
        min=1,
        help="""
Seconds that XenServer has to start a VM, or to answer any other call. The
import of an image may take longer, as long as it moves.
""",
    ),
    cfg.StrOpt(
        'sr_matching_filter',
        default='default-sr:true',
        help="""
Which storage repository holds the disks of instances.

``default-sr:true`` is the pool's default, and ``other-config:KEY=VALUE`` the
one with that entry in its ``other-config``, for example
``other-config:i18n-key=local-storage``. It must be attached to the host, and
be the only one.
""",
    ),
]


def register_opts(conf):
    """Make the options known to an oslo.config ConfigOpts."""
    conf.register_group(xenserver_group)
    conf.register_opts(xenserver_opts, group=xenserver_group)


def list_opts():
    """For oslo-config-generator."""
    return [(xenserver_group, itertools.chain(xenserver_opts))]
