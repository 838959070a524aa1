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

"""What requests may say, as JSON schemas."""

from nova.api.validation import parameter_types

# No NUL and no half of a surrogate pair, which no database takes.
_TEXT = '^[^\x00\ud800-\udfff]+$'


def _text(most=255):
    return {
        'type': 'string',
        'minLength': 1,
        'maxLength': most,
        'pattern': _TEXT,
    }


PAGE = {
    'type': 'object',
    'properties': {
        'limit': parameter_types.single_param(
            parameter_types.positive_integer
        ),
        'marker': parameter_types.single_param({'type': 'string'}),
    },
    'additionalProperties': False,
}

NO_QUERY = {
    'type': 'object',
    'properties': {},
    'additionalProperties': False,
}

EXPLAIN = {
    'type': 'object',
    'properties': {
        'explain': {
            'type': 'object',
            'properties': {
                'flavor': _text(),
                'image': {'type': 'string', 'format': 'uuid'},
                'host': _text(),
                'aggregate': _text(),
                'availability_zone': _text(),
            },
            'required': ['flavor'],
            'additionalProperties': False,
        },
    },
    'required': ['explain'],
    'additionalProperties': False,
}
