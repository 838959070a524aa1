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
"""How many XAPI calls Nova's former XenAPI driver made for a refresh.

Nova 21 (Ussuri) was the last release with it. In its nova/virt/xenapi/host.py,
``HostState.update_status`` gathered all that is known of the host each time
that any of it was asked for, in calls that followed one another:

- 1 of a plugin in dom0 for the host's data, 1 for the records of the VMs,
  and 1 of a plugin for the PCI devices and 1 for each one (P) that had been
  set aside for VMs;
- 2 to choose the storage repository, 3 to scan and read it, and for each disk
  in it (V) 2 for its size and its list of VBDs; then, for each VBD until one
  was found attached (B), 1 to ask it, and for each disk that was (A), 1 for
  its virtual size;
- 1 for the list of GPU groups, 2 for each group (G), 1 for each model that a
  group enables (T, summed over the groups) to learn its name, and 4 for each
  group (M) that has the one model that ``enabled_vgpu_types`` may name.

The resource tracker asked twice in each periodic run, and once more at every
claim and its release, so this is the least that a run took.
"""


def vgpu_calls(groups, models, matching):
    """Calls about vGPUs alone.

    :param groups: GPU groups of the pool (G)
    :param models: enabled models, counted in each group anew (T)
    :param matching: groups that have the configured model (M)
    """
    return 1 + 2 * groups + models + 4 * matching


def refresh_calls(
    groups, models, matching, disks, looked_at, attached, devices=0
):
    """Calls for one refresh.

    :param disks: in the storage repository (V)
    :param looked_at: VBDs asked whether they are attached (B)
    :param attached: disks that are (A)
    :param devices: PCI devices set aside for VMs (P)
    """
    rest = 1 + 1 + 1 + devices + 2 + 3 + 2 * disks + looked_at + attached
    return rest + vgpu_calls(groups, models, matching)
