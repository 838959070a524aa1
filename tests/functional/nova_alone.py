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

"""A cloud with GPUs with or without the extension, in its own process.

What is loaded stays loaded, so each needs a process. The filter, the weigher
and the driver are configured in both: "stock" is what comes of forgetting
the two lines of the configuration source. The last line of the output is a
JSON object.
"""

import functools
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
import unittest

import tests

FILTER = 'nova_vgpu_ext.scheduler.filters.VGPUCapacityFilter'
WEIGHER = 'nova_vgpu_ext.scheduler.weights.VGPUWeigher'
MODEL = 'GRID K260Q'


# The checkout goes behind site-packages: what is tested is the wheel.
_START = f"""
import runpy, sys
sys.path.append(sys.argv.pop(1))
runpy.run_module({__name__!r}, run_name='__main__')
"""


@functools.cache
def run(kind):
    """Run ``stock`` or ``extended``; give back what it printed."""
    result = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', _START, tests.ROOT, kind],
        capture_output=True,
        text=True,
        timeout=120,
    )
    if result.returncode:
        raise AssertionError(f'{kind} failed: {result.stderr[-20000:]}')
    return json.loads(result.stdout.splitlines()[-1])


class Log(logging.Handler):
    """The warnings and errors of the extension."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages = []

    def emit(self, record):
        self.messages.append([record.name, record.getMessage()])


def cloud(kind, found):
    """A test case that does all, and puts what it found into a dict."""
    from nova.tests.functional import integrated_helpers

    if kind == 'extended':
        # Installs the extension, and gives the database its column.
        from tests.functional import base  # noqa: F401

    class Cloud(integrated_helpers.ProviderUsageBaseTestCase):
        compute_driver = 'vgpu_ext.FakeDriver'

        def setUp(self):
            log = Log()
            logging.getLogger('nova_vgpu_ext').addHandler(log)
            found['log'] = log.messages
            self.flags(
                available_filters=[
                    'nova.scheduler.filters.all_filters',
                    FILTER,
                ],
                enabled_filters=['ComputeFilter', 'VGPUCapacityFilter'],
                weight_classes=[
                    'nova.scheduler.weights.all_weighers',
                    WEIGHER,
                ],
                group='filter_scheduler',
            )
            super().setUp()
            self.directory = tempfile.mkdtemp()
            self.flags(state_path=self.directory)

        def runTest(self):
            self._start_hosts()
            found['hypervisors'] = self._hypervisors()
            found['plain'] = self._boot({})
            found['gpu'] = self._boot({f'vgpus:{MODEL}': '1'})
            found['wrong'] = self._boot({f'vgpus:{MODEL}': '0'})

        def _start_hosts(self):
            path = os.path.join(self.directory, 'cards.yaml')
            with open(path, 'w') as cards:
                cards.write('cards: [{card: GRID K2}]\n')
            self.flags(fake_cards_file=path, group='vgpus')
            self._start_compute('gpus')
            self.flags(fake_cards_file=None, group='vgpus')
            self._start_compute('plain')

        def _hypervisors(self):
            found = []
            for microversion in ('2.1', '2.87', self.microversion):
                self.api.microversion = microversion
                body = self.api.api_get('/os-hypervisors/detail').body
                for hypervisor in body['hypervisors']:
                    # New in each cloud.
                    del hypervisor['service']['id']
                found.append(body)
            return found

        def _boot(self, extra_specs):
            flavor = self._create_flavor(
                vcpu=1, memory_mb=64, disk=1, ephemeral=0
            )
            # Microversions before 2.86 let any extra spec pass.
            self.api.microversion = '2.61'
            self.api.post_extra_spec(flavor, {'extra_specs': extra_specs})
            self.api.microversion = self.microversion
            server = self._build_server(flavor_id=flavor, networks='none')
            server = self.api.post_server({'server': server})
            while True:
                server = self.api.get_server(server['id'])
                if server['status'] in ('ACTIVE', 'ERROR'):
                    fault = server.get('fault', {}).get('message', '')
                    return f'{server["status"]} {fault}'.strip()
                time.sleep(0.05)

    return Cloud()


def main(kind):
    found = {}
    case = cloud(kind, found)
    result = unittest.TextTestRunner(stream=sys.stderr).run(case)
    if not result.wasSuccessful():
        sys.exit(1)
    print(json.dumps(found))
    # Nova's threads may still be there, and would hold the exit.
    sys.stdout.flush()
    os._exit(0)


if __name__ == '__main__':
    main(*sys.argv[1:])
