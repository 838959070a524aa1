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

"""Flavors through the API: validated from microversion 2.86 on, or not."""

from unittest import mock

from nova.tests.functional.api import client

from tests.functional import base

K260Q = 'GRID K260Q'
IDENTIFIER = '0001-nvidia-11bf--11b0-101b'
VALIDATED = '2.86'
NOT_VALIDATED = '2.61'

RIGHT = (
    {f'vgpus:{K260Q}': '1'},
    {'vgpus:grid k260q': '1'},
    {f'vgpus:{IDENTIFIER}': '1'},
    {f'capabilities:vgpus:{K260Q}': '> 0'},
    {f'capabilities:vgpus:{K260Q}': '>= 1'},
    {f'capabilities:vgpus:{K260Q}': '= 1'},
    {f'capabilities:vgpus:{IDENTIFIER}': '> 0'},
    {f'vgpus:{K260Q}': '1', f'capabilities:vgpus:{K260Q}': '> 0'},
    # By an alias, as from before an update of the driver.
    {'vgpus:Older': '1'},
    {'capabilities:vgpus:Older': '> 0'},
)

# Wrong by themselves, each with a part of the sentence that says why.
WRONG = (
    ({f'vgpus:{K260Q}': '0'}, "example 'vgpus:GRID K260Q'='1'."),
    ({f'vgpus:{K260Q}': 'many'}, "example 'vgpus:GRID K260Q'='1'."),
    ({f'vgpus:{K260Q}': '22'}, 'can have 21 at the most.'),
    ({f'capabilities:vgpus:{K260Q}': '1'}, "write '> n' for n + 1 of them"),
    ({f'capabilities:vgpus:{K260Q}': '< 5'}, "write '> n' for n + 1 of them"),
    ({'capabilities:vgpus:a:b': '> 0'}, "write it 'capabilities:vgpus:a-b'."),
    ({'vgpus': '1'}, "use 'vgpus:<model>'='<count>'."),
)

# Wrong together only, or of a form whose validator is Nova's.
WRONG_AT_BOOT = (
    (
        {f'vgpus:{K260Q}': '1', f'capabilities:vgpus:{K260Q}': '> 1'},
        'let them agree, or unset one.',
    ),
    (
        {'vgpus:GRID K200': '20', f'vgpus:{K260Q}': '2'},
        'The flavor asks for 22 vGPUs; an instance can have 21 at the most.',
    ),
    (
        {'resources:CUSTOM_VGPU_GRID_K260Q': '1', f'vgpus:{K260Q}': '2'},
        'let them agree, or unset one.',
    ),
)


class FlavorTestCase(base.VGPUTestCase):
    def set_specs(self, extra_specs, microversion):
        """What ``openstack flavor set --property`` does; the flavor's id."""
        flavor = self.flavor()
        with self.microversion_of(microversion):
            self.api.post_extra_spec(flavor, {'extra_specs': extra_specs})
        return flavor

    def microversion_of(self, microversion):
        return mock.patch.object(self.api, 'microversion', microversion)


class RightFlavorTest(FlavorTestCase):
    def setUp(self):
        super().setUp()
        # Set before the host starts, as its driver reads it once.
        self.flags(model_aliases={'Older': K260Q}, group='vgpus')
        self.start_host('host', {'card': 'GRID K2', 'count': 3})

    def test_each_form_gets_one_vgpu(self):
        """As set with validation, which must let all of them pass."""
        for extra_specs in RIGHT:
            server = self.boot(self.set_specs(extra_specs, VALIDATED))
            vms = self.hypervisor('host').vms
            self.assertEqual(1, len(vms[server['id']].vgpus), extra_specs)
        self.assertEqual(12 - len(RIGHT), self.free('host', K260Q))


class StockFilterAloneTest(FlavorTestCase):
    """The specification's form without VGPUCapacityFilter."""

    def setUp(self):
        filters = ['ComputeFilter', 'ComputeCapabilitiesFilter']
        with mock.patch.object(base, 'ENABLED_FILTERS', filters):
            super().setUp()
        self.start_host('plain')
        self.start_host('host', 'GRID K2')

    def test_gets_its_vgpu_while_there_are_some(self):
        flavor = self.set_specs(
            {f'capabilities:vgpus:{K260Q}': '> 0'}, NOT_VALIDATED
        )
        for _ in range(4):
            self.assertEqual('host', self.host_of(self.boot(flavor)))
        self.assertEqual(0, self.free('host', K260Q))
        failed = self.boot(flavor, 'ERROR')
        self.assertIn('No valid host', failed['fault']['message'])

    def test_wrong_flavor_is_told_all_the_same(self):
        flavor = self.set_specs(
            {f'capabilities:vgpus:{K260Q}': '9'}, NOT_VALIDATED
        )
        failed = self.boot(flavor, 'ERROR')
        self.assertIn("write '> n' for n + 1", failed['fault']['message'])


class WrongFlavorTest(FlavorTestCase):
    """The scheduler has no host to ask, so that it can blame none."""

    def test_validated_ones_are_refused_with_the_sentence(self):
        for extra_specs, sentence in WRONG:
            error = self.assertRaises(
                client.OpenStackApiException,
                self.set_specs,
                extra_specs,
                VALIDATED,
            )
            self.assertEqual(400, error.response.status_code)
            self.assertIn(sentence, error.response.text)

    def test_others_are_told_at_boot_by_the_same_rule(self):
        for extra_specs, sentence in WRONG + WRONG_AT_BOOT:
            flavor = self.set_specs(extra_specs, NOT_VALIDATED)
            message = self.boot(flavor, 'ERROR')['fault']['message']
            self.assertIn(sentence, message)
            self.assertTrue(message.startswith('No valid host was found. '))
            self.assertLessEqual(len(message), 255)
