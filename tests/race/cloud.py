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

"""A cloud for a race, in a process of its own."""

import contextlib
import os
import subprocess
import sys

import tests
from nova_vgpu_ext import conf
from nova_vgpu_ext.sandbox import child
from tests import clouds

# With dozens of services in one process, what each does now and then for
# itself must be as rare as in a real cloud, or else there is time for
# nothing else; and they share the pools of threads that each would have for
# itself.
_SETTINGS = """\
[DEFAULT]
update_resources_interval = 60
sync_power_state_interval = -1
heal_instance_info_cache_interval = -1
report_interval = 30
service_down_time = 300
executor_thread_pool_size = 16
default_thread_pool_size = 40
cell_worker_thread_pool_size = 40
max_concurrent_builds = 64
max_concurrent_snapshots = 64
default_log_levels = placement.requestlog=WARN,nova.api=WARN,oslo=WARN

[api]
response_validation = ignore

[scheduler]
max_attempts = {attempts}
"""
_CLAIM_IN_PLACEMENT = 'claim_in_placement'


def can_claim_in_placement():
    """Whether the extension keeps vGPUs in Placement at all."""
    return any(one.name == _CLAIM_IN_PLACEMENT for one in conf.vgpus_opts)


def _settings(options, placement):
    text = _SETTINGS.format(attempts=options.attempts)
    if can_claim_in_placement():
        text += f'\n[vgpus]\n{_CLAIM_IN_PLACEMENT} = {placement}\n'
    return text


class _Process(child.CloudProcess):
    """As the sandbox's own command, but with several schedulers."""

    def __init__(self, root, schedulers):
        self._process = subprocess.Popen(
            [
                *(sys.executable, '-W', 'ignore', '-m', 'tests.race.server'),
                *(str(schedulers), '--dir', str(root)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=tests.ROOT,
            env={**os.environ, 'PYTHONSAFEPATH': ''},
        )

    def _show(self, line):
        """The table of a race is all that is printed."""


@contextlib.contextmanager
def running(fleet, options, placement):
    """Run a cloud with the hosts of a fleet; its Layout.

    :param placement: whether vGPUs are claimed in Placement, too
    :raises SandboxError: it doesn't start, or doesn't end in order
    """
    with clouds.running(
        'race',
        fleet.hosts_file(),
        _settings(options, placement),
        lambda root: _Process(root, options.schedulers),
    ) as layout:
        yield layout
