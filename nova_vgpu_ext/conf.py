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

"""Options of the extension.

The group is also that of the configuration source which loads it. Its
option ``driver`` belongs to oslo.config and isn't registered here.
"""

import itertools

from oslo_config import cfg

vgpus_group = cfg.OptGroup(
    'vgpus',
    title='vGPU options',
    help="""
What nova-vgpu-ext offers of a host's GPUs, and under which names.

The extension is loaded by ``[DEFAULT] config_source = vgpus`` together with
``[vgpus] driver = vgpus``, on every node that runs a Nova service.
""",
)

vgpus_opts = [
    cfg.ListOpt(
        'enabled_models',
        default=[],
        help="""
The vGPU models that this host offers; all that the hypervisor has, if empty.

Read by nova-compute. A model that is taken out of the list while instances
hold it goes on running; no more of it is given out. Names are compared as
flavors name them, upper and lower case alike.

Related options:

* ``[vgpus] reserved_pgpus``
""",
    ),
    cfg.ListOpt(
        'reserved_pgpus',
        default=[],
        help="""
Ids of physical GPUs of this host that are held back from instances, as the
hypervisor names them (on XenServer, the uuid of the PGPU).

Read by nova-compute. Within a group the hypervisor chooses the physical GPU
by itself, so what is held back there is as many GPUs, not these very ones:
give a GPU a group of its own where it matters which one. Instances that
already run on it stay.

Related options:

* ``[vgpus] enabled_models``
""",
    ),
    cfg.DictOpt(
        'model_aliases',
        default={},
        help="""
Old names of vGPU models, each with the name that the model has now, for
example ``GRID K260Q:NVIDIA K260Q``.

Names change with driver and PCI id database updates, while flavors keep
them. Set it alike on every node that runs a Nova service.
""",
    ),
    cfg.BoolOpt(
        'expose_counts',
        default=False,
        help="""
Whether the reason that a user sees for a refused boot tells how many vGPUs
are free. Leave it off in clouds whose users must not learn of each other's
usage; administrators see all counts anyway.
""",
    ),
    cfg.BoolOpt(
        'claim_in_placement',
        default=True,
        help="""
Whether vGPUs are resources of Placement too.

Then each compute node's provider has an inventory ``CUSTOM_VGPU_<MODEL>`` of
each model, nova-scheduler allocates from it, and two schedulers can't give
the same vGPU to two instances. Without it they may, and nova-compute sends
all but the first to another host. Unified limits and flavors that ask for
``resources:CUSTOM_VGPU_<MODEL>`` in other tools need it as well.

Set it alike on every node that runs a Nova service, nova-compute first when
it is turned on. Where instances with vGPUs run already, run
``nova-vgpu-manage placement heal`` then.
""",
    ),
    cfg.StrOpt(
        'fake_cards_file',
        help="""
A YAML file that says which cards a host of ``vgpu_ext.FakeDriver`` has; none
if unset. Only for tests and trials: no other driver reads it.
""",
    ),
]

scheduler_opts = [
    cfg.FloatOpt(
        'vgpu_weight_multiplier',
        default=1000.0,
        help="""
How much VGPUWeigher counts among the weighers.

An instance with vGPUs goes to the host where it spoils the fewest other
vGPUs, one without keeps away from hosts with free ones. The default lets
this win over spreading by CPU, memory and disk, whose multipliers are 1, and
lose against the avoidance of hosts whose builds fail, whose is 1000000. Set
it to 0 to switch the weigher off, or below 0 to turn its preference round.

It can be set for the hosts of an aggregate by the metadata key
``vgpu_weight_multiplier``.
""",
    ),
]


def register_opts(conf):
    """Make the options known to an oslo.config ConfigOpts."""
    conf.register_group(vgpus_group)
    conf.register_opts(vgpus_opts, group=vgpus_group)
    conf.register_opts(scheduler_opts, group='filter_scheduler')


def list_opts():
    """For oslo-config-generator."""
    return [
        (vgpus_group, itertools.chain(vgpus_opts)),
        ('filter_scheduler', itertools.chain(scheduler_opts)),
    ]
