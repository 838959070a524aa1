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

"""Requests by this node's options."""

import ddt
from nova import objects
from nova import test

from nova_vgpu_ext import extension
from nova_vgpu_ext import flavors
from nova_vgpu_ext import request

extension.install()

CIRCLE = {'a': 'b', 'b': 'a'}


def _flavor(**extra_specs):
    return objects.Flavor(extra_specs=extra_specs)


@ddt.ddt
class VGPURequestTest(test.NoDBTestCase):
    def aliases(self, aliases):
        self.flags(model_aliases=aliases, group='vgpus')

    def wanted(self, extra_specs):
        return flavors.vgpu_request(_flavor(**extra_specs))

    @ddt.data(
        {'vgpus:GRID K260Q': '1'},
        {'vgpus:grid k260q': '1'},
        {'capabilities:vgpus:GRID K260Q': '> 0'},
    )
    def test_alias_leads_to_the_name_of_today(self, extra_specs):
        self.aliases({'GRID K260Q': 'Old Name', 'Old Name': 'NVIDIA K260Q'})
        self.assertEqual(
            (('CUSTOM_VGPU_NVIDIA_K260Q', 1),), self.wanted(extra_specs).items
        )

    def test_changed_alias_is_seen(self):
        for name in ('b', 'c'):
            self.aliases({'a': name})
            ((key, _),) = self.wanted({'vgpus:a': '1'}).items
            self.assertEqual(f'CUSTOM_VGPU_{name.upper()}', key)

    def test_old_and_new_name_must_agree(self):
        self.aliases({'a': 'b'})
        specs = {'vgpus:a': '1', 'vgpus:b': '2'}
        self.assertRaises(request.InvalidVGPURequest, self.wanted, specs)

    def test_messages_have_the_name_of_the_flavor(self):
        self.aliases({'a': 'b'})
        self.assertEqual('2 x a', str(self.wanted({'vgpus:a': '2'})))

    def test_circle_is_the_fault_of_those_with_vgpus(self):
        self.aliases(CIRCLE)
        error = self.assertRaises(
            request.InvalidVGPURequest, self.wanted, {'vgpus:c': '1'}
        )
        self.assertIn('go round in a circle', str(error))

    def test_circle_leaves_others_alone(self):
        self.aliases(CIRCLE)
        self.assertFalse(self.wanted({'hw:cpu_policy': 'dedicated'}))
        self.assertFalse(flavors.vgpu_request(objects.Flavor()))


class ValidRequestTest(test.NoDBTestCase):
    def setUp(self):
        super().setUp()
        flavors._warn_once.cache_clear()

    def test_wrong_flavor_asks_for_nothing_and_is_logged_once(self):
        flavor = _flavor(**{'vgpus:a': 'many'})
        with self.assertLogs('nova_vgpu_ext.flavors', 'WARNING') as logs:
            for _ in range(3):
                self.assertFalse(flavors.valid_request(flavor))
        (line,) = logs.output
        self.assertIn("'vgpus:a'='many' does not say", line)

    def test_right_flavor_is_not(self):
        with self.assertNoLogs('nova_vgpu_ext.flavors', 'WARNING'):
            wanted = flavors.valid_request(_flavor(**{'vgpus:a': '2'}))
        self.assertEqual((('CUSTOM_VGPU_A', 2),), wanted.items)
