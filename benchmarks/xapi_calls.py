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
"""How many calls to XAPI the driver makes, and what a refresh costs.

Counted on simulated pools. A refresh of the inventory must take as many calls
on a big pool as on a small one, and at most so many as the tests allow.
"""

import statistics
import time
import xmlrpc.client
from unittest import mock

from benchmarks import cases
from benchmarks import former_driver
from nova_vgpu_ext.virt.xenapi import config_drive
from tests.unit.virt.xenapi import call_counts
from tests.unit.virt.xenapi.test_calls import MOST

ROUNDS = 5
MODEL = '0001:nvidia,0001,0'  # the one that the former driver would offer


class Counting(call_counts.CountingTestCase):
    """Counts, by the means of the driver's tests.

    :ivar refreshes: {pool: (our calls, the former driver's for vGPUs, and
        for the whole refresh)}
    :ivar actions: {what: our calls}
    :ivar seconds: median of a refresh on the big pool
    :ivar received: bytes of XAPI's answers to it
    """

    def runTest(self):
        self.refreshes, self.actions = {}, {}
        self.simulate(call_counts.SMALL)
        self._count_refresh('1 host, 1 pGPU, 1 model, 0 VMs')
        self._count_actions(self.driver())
        self.simulate_big()
        driver = self._count_refresh(
            f'8 hosts, 64 pGPUs, 30 models, {call_counts.VMS} VMs'
        )
        self._measure(driver)

    def _count_refresh(self, pool):
        driver = self.driver()
        ours = self.calls_of(driver.get_available_resource, 'h1').total()
        groups = self.rows('GPU_group').values()
        enabled = [group['enabled_VGPU_types'] for group in groups]
        (model,) = self.pool.db.find('VGPU_type', identifier=MODEL)
        disks = [
            disk
            for disk in self.rows('VDI').values()
            if disk['SR'] == driver.disks.repository
        ]
        vbds = self.rows('VBD')
        attached = [vbd for vbd in vbds.values() if vbd['currently_attached']]
        about_gpus = {
            'groups': len(groups),
            'models': sum(map(len, enabled)),
            'matching': sum(model in types for types in enabled),
        }
        self.refreshes[pool] = (
            ours,
            former_driver.vgpu_calls(**about_gpus),
            former_driver.refresh_calls(
                **about_gpus,
                disks=len(disks),
                looked_at=len(vbds),
                attached=len(attached),
            ),
        )
        return driver

    def _count_actions(self, driver):
        """Of instances whose vGPUs have been claimed, as Nova does it."""
        plain = self.instance('plain')
        self._count('spawn, no vGPU', self.spawn, driver, plain)
        self._count('soft reboot', self._reboot, driver, plain, 'SOFT')
        self._count('hard reboot', self._reboot, driver, plain, 'HARD')
        self._count('destroy', driver.destroy, None, plain, None)
        for count in (1, 2):
            gpu = self.instance('gpu', {'vgpus:Model 1-0': str(count)})
            self.claim(driver, gpu)
            what = f'{count} vGPU{"s" * (count > 1)}'
            self._count(f'spawn, {what}', self.spawn, driver, gpu)
            self._count(
                f'hard reboot, {what}', self._reboot, driver, gpu, 'HARD'
            )
            self._count(f'destroy, {what}', driver.destroy, None, gpu, None)
        self._count_config_drive(driver)

    def _count_config_drive(self, driver):
        def make_drive(path):
            with open(path, 'wb') as file:
                file.truncate(1 << 20)

        self.patch_object(config_drive.instance_metadata, 'InstanceMetadata')
        builder = self.patch_object(
            config_drive.configdrive, 'ConfigDriveBuilder'
        )
        entered = builder.return_value.__enter__.return_value
        entered.make_drive.side_effect = make_drive
        instance = self.instance('with drive')
        instance.config_drive = 'True'
        self._count('spawn, config drive', self.spawn, driver, instance)

    def _reboot(self, driver, instance, kind):
        driver.reboot(None, instance, None, kind)

    def _count(self, what, *call):
        self.actions[what] = self.calls_of(*call).total()

    def _measure(self, driver):
        sizes, times = [], []
        parse = xmlrpc.client.Transport.parse_response

        def counted(transport, response):
            sizes.append(int(response.headers['Content-Length']))
            return parse(transport, response)

        with mock.patch.object(
            xmlrpc.client.Transport, 'parse_response', counted
        ):
            for _ in range(ROUNDS):
                start = time.perf_counter()
                driver.get_available_resource('h1')
                times.append(time.perf_counter() - start)
        self.seconds = statistics.median(times)
        self.received = sum(sizes) // ROUNDS


def _report(counts):
    print(
        f'{"XAPI calls for a refresh":42} {"ours":>6} {"Nova 21":>8}', end=''
    )
    print(', of them about vGPUs')
    for pool, (ours, vgpus, all_calls) in counts.refreshes.items():
        print(f'{pool:42} {ours:6} {all_calls:8} {vgpus:8}')
    print(
        f'A refresh on the second: {counts.seconds:.3f} s, '
        f'{counts.received} bytes received'
    )
    print('Where a disk is imported, some more ask how far that is:')
    for what, calls in counts.actions.items():
        print(f'{"XAPI calls for " + what:42} {calls:6}')


def main():
    """Print the figures.

    :returns: whether all bounds are kept
    """
    counts = Counting()
    if not cases.run(counts):
        return False
    _report(counts)
    ours = {calls for calls, *_ in counts.refreshes.values()}
    kept = len(ours) == 1 and max(ours) <= MOST
    print(
        f'A refresh takes {"as" if kept else "NOT as"} many calls on both, '
        f'{MOST} at most'
    )
    return kept
