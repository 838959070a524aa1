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
"""Extra specs about vGPUs, checked when a flavor is set.

Nova asks from API microversion 2.86 on. Whatever gets past, with an older
one, is refused at boot by the same rules (nova_vgpu_ext.request).
"""

from nova import exception
from nova.api.validation.extra_specs import base

from nova_vgpu_ext import request


class VGPUValidator(base.ExtraSpecValidator):
    """A validator that asks nova_vgpu_ext.request."""

    def validate(self, name, value):
        try:
            request.VGPURequest.from_extra_specs({name: value})
        except request.InvalidVGPURequest as error:
            raise exception.ValidationError(str(error)) from None


# Nova matches names against the whole pattern. Empty names must match too,
# to be refused with the right sentence.
MODEL = {'name': 'model', 'pattern': '.*'}


def _validator(name, description, parameters=()):
    return VGPUValidator(
        name=name,
        description=description,
        value={'type': str, 'description': 'How many vGPUs.'},
        parameters=list(parameters),
    )


def register():
    """Called by Nova for the entry point nova.api.extra_spec_validators."""
    return [
        _validator(
            f'{request.PLAIN}{{model}}',
            'The number of vGPUs of a model that the instance gets.',
            [MODEL],
        ),
        _validator(
            f'{request.CAPABILITIES}{{model}}',
            'The same as a comparison with what the host has free: "> n" '
            'gives n + 1 vGPUs, ">= n" and "= n" give n.',
            [MODEL],
        ),
        _validator('vgpus', 'Not valid: it names no vGPU model.'),
        _validator('capabilities:vgpus', 'Not valid: it names no model.'),
    ]
