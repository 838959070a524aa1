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

"""The test of a claim, by Nova's own claims."""

from unittest import mock

import ddt
from nova import exception
from nova import objects
from nova.compute import claims

from tests.unit import factories
from tests.unit.compute import base

LOGGER = 'nova_vgpu_ext.compute.claims'


@ddt.ddt
class ClaimTest(base.TrackerTestCase):
    def claim(self, instance):
        return claims.Claim(
            self.ctxt,
            instance,
            base.NODE,
            self.tracker,
            self.node,
            instance.pci_requests,
        )

    def move_claim(self, instance, flavor):
        return claims.MoveClaim(
            self.ctxt,
            instance,
            base.NODE,
            flavor,
            objects.ImageMeta(properties=objects.ImageMetaProps()),
            self.tracker,
            self.node,
            instance.pci_requests,
            mock.Mock(spec_set=objects.Migration),
        )

    def refusal(self, claim, *args):
        return self.assertRaises(
            exception.ComputeResourcesUnavailable, claim, *args
        ).format_message()

    @ddt.data({}, {'small': 8}, {'small': 4, 'half': 2}, {'half': 4})
    def test_what_fits_is_granted(self, counts):
        with self.assertNoLogs(LOGGER, 'INFO'):
            self.claim(base.instance(**counts))

    @ddt.data(
        ({'small': 9}, '9 x GRID small'),
        ({'big': 1}, '1 x GRID big'),
        ({'half': 1, 'small': 5}, '1 x GRID half, 5 x GRID small'),
    )
    @ddt.unpack
    def test_refusal_tells_what_was_asked_and_no_more(self, counts, asked):
        self.assertEqual(
            f'Insufficient compute resources: not enough vGPUs: {asked}.',
            self.refusal(self.claim, base.instance(**counts)),
        )

    def test_refusal_logs_what_is_free(self):
        instance = base.instance(small=9)
        with base.Lines(LOGGER) as lines:
            self.refusal(self.claim, instance)
        (line,) = lines
        for part in (
            'No room for 9 x GRID small on node node',
            "'GRID small': 8",
            instance.uuid,
        ):
            self.assertIn(part, line)

    def test_earlier_claims_count(self):
        self.node.vgpus = self.node.vgpus.claim(
            'other', factories.asks(passthrough=2)
        )
        self.refusal(self.claim, base.instance(small=1))

    def test_no_gpus(self):
        self.node.vgpus = None
        self.claim(base.instance())
        with self.assertLogs(LOGGER, 'INFO') as logs:
            self.refusal(self.claim, base.instance(small=1))
        self.assertIn('free there: nothing', logs.output[0])

    def test_move_claims_the_flavor_that_is_moved_to(self):
        instance = base.instance(small=9)
        self.move_claim(instance, base.flavor(small=1))
        self.refusal(
            self.move_claim, base.instance(small=1), base.flavor(small=9)
        )

    def test_wrong_flavor_is_the_reason(self):
        self.assertIn(
            "'vgpus:GRID small'='many' does not say how many vGPUs",
            self.refusal(self.claim, base.instance(small='many')),
        )

    @ddt.data(9, 'many')
    def test_refusal_is_no_failure_of_the_host(self, count):
        stats = self.tracker.stats[base.NODE]
        self.refusal(self.claim, base.instance(small=count))
        self.tracker.build_failed(base.NODE)
        self.assertEqual('0', str(stats.get('failed_builds', 0)))
        self.tracker.build_failed(base.NODE)
        self.assertEqual('1', str(stats.get('failed_builds')))
