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

"""A scheduler that has our filter and weigher, but not the extension."""

import subprocess
import sys
import tempfile

from oslotest import base

SCRIPT = """
import uuid
from nova import config, objects
from nova.scheduler import host_manager, weights

config.parse_args(['nova-scheduler'], default_config_files=[])
objects.register_all()

from nova_vgpu_ext.scheduler import filters
from nova_vgpu_ext.scheduler import weights as our_weights

hosts = [host_manager.HostState(name, name, None) for name in 'ab']
handler = weights.HostWeightHandler()


def passing(**extra_specs):
    spec = objects.RequestSpec(
        instance_uuid=str(uuid.uuid4()),
        flavor=objects.Flavor(extra_specs=extra_specs),
        scheduler_hints={},
    )
    found = filters.VGPUCapacityFilter().filter_all(hosts, spec)
    weighers = [our_weights.VGPUWeigher()]
    return len(handler.get_weighed_objects(weighers, list(found), spec))


print(passing(), passing(**{'vgpus:a': '1'}))
"""


class NotLoadedTest(base.BaseTestCase):
    def test_only_instances_with_vgpus_are_affected(self):
        result = subprocess.run(
            [sys.executable, '-W', 'ignore', '-c', SCRIPT],
            cwd=tempfile.gettempdir(),
            capture_output=True,
            text=True,
        )
        self.assertEqual(['2 0'], result.stdout.splitlines(), result.stderr)
