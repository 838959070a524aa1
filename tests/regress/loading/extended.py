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

"""Nova with the extension, as an administrator sets it up.

Importing this installs the extension, before any of Nova's tests is loaded.
"""

from nova.conf import scheduler
from oslo_config import cfg

# Installs the extension, and gives the databases of the tests its column.
from tests.functional import base


def configure(chosen):
    """Do what installing means beside that: the column, and the filter.

    :param chosen: the set of tests, a key of modules.SETS
    """
    # It makes objects of Nova's classes as they are when it is loaded.
    from nova.tests.unit.objects import test_compute_node

    # What stands for a row of the database there is a dict.
    for row in (
        test_compute_node.fake_compute_node,
        test_compute_node.fake_old_compute_node,
    ):
        row['vgpus'] = None
    if chosen != 'unit':
        _schedule()


def _schedule():
    """Let the services have the filter and the weigher.

    Unit tests are left with Nova's defaults, which some of them compare.
    """
    defaults = {
        option.dest: option.default
        for option in scheduler.filter_scheduler_opts
    }
    cfg.set_defaults(
        scheduler.filter_scheduler_opts,
        available_filters=[*defaults['available_filters'], base.FILTER],
        enabled_filters=[*defaults['enabled_filters'], 'VGPUCapacityFilter'],
        weight_classes=[*defaults['weight_classes'], base.WEIGHER],
    )
