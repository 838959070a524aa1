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

"""Extra specs as Nova's own registry validates them."""

import ddt
from nova import exception
from nova.api.validation.extra_specs import validators as nova_validators
from oslotest import base

from nova_vgpu_ext.api import validators


@ddt.ddt
class ValidatorsTest(base.BaseTestCase):
    """The entry point has brought the validators into the registry."""

    def refusal(self, name, value):
        return self.assertRaises(
            exception.ValidationError, nova_validators.validate, name, value
        ).format_message()

    @ddt.data(
        ('vgpus:GRID K260Q', '1'),
        ('vgpus:GRID K260Q', '21'),
        ('vgpus:0001-A16_4.Q', '2'),
        ('vgpus:passthrough', '1'),
        ('vgpus:a:b', '1'),
        ('capabilities:vgpus:GRID K260Q', '> 0'),
        ('capabilities:vgpus:GRID K260Q', '>= 2'),
        ('capabilities:vgpus:GRID K260Q', '= 2'),
    )
    @ddt.unpack
    def test_valid(self, name, value):
        nova_validators.validate(name, value)

    @ddt.data('0', '-1', '1.5', 'many', '', '> 0', '01')
    def test_plain_form_needs_a_count(self, value):
        self.assertIn(
            f"'vgpus:a'='{value}' does not say how many vGPUs: give a "
            "positive number, for example 'vgpus:a'='1'.",
            self.refusal('vgpus:a', value),
        )

    @ddt.data(
        '0', '1', '>= 0', '= 0', '< 2', '<= 2', '== 1', '!= 0', 's== 1', '>0'
    )
    def test_specifications_form_needs_a_comparison(self, value):
        self.assertIn(
            f"'capabilities:vgpus:a'='{value}' does not say how many vGPUs: "
            "write '> n' for n + 1 of them",
            self.refusal('capabilities:vgpus:a', value),
        )

    @ddt.data('vgpus', 'capabilities:vgpus')
    def test_bare_key_names_no_model(self, name):
        self.assertIn('names no vGPU model', self.refusal(name, '1'))

    @ddt.data(
        ('vgpus:', '1'), ('vgpus: ', '1'), ('capabilities:vgpus:', '> 0')
    )
    @ddt.unpack
    def test_empty_name(self, name, value):
        self.assertIn('must name a vGPU model', self.refusal(name, value))

    def test_colon_can_not_be_told_from_a_separator(self):
        self.assertIn(
            "has a colon in the model's name: write it "
            "'capabilities:vgpus:a-b'",
            self.refusal('capabilities:vgpus:a:b', '> 0'),
        )

    @ddt.data(('vgpus:a', '22'), ('capabilities:vgpus:a', '> 21'))
    @ddt.unpack
    def test_more_than_an_instance_can_have(self, name, value):
        self.assertIn('can have 21 at the most', self.refusal(name, value))

    @ddt.data('hw:cpu_policy', 'vgpu_books', 'mine:vgpus', 'trait:CUSTOM_VGPU')
    def test_others_are_left_to_nova(self, name):
        self.assertFalse(
            [
                validator
                for validator in validators.register()
                if validator.name == name
            ]
        )

    def test_each_is_described(self):
        for validator in validators.register():
            self.assertTrue(validator.description)
            self.assertTrue(validator.value['description'])
