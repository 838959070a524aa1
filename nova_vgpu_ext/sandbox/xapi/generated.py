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

"""Messages that XAPI makes by rule, from a class or from one of its fields.

Each function gives a message's parameters, as (name, type), and its result.
"""

import re

_MAP = re.compile(r'map\((.+?) -> (.+)\)$')


def of_class(owner, name):
    """Parameters and result of a message made from a class."""
    ref, record = f'ref({owner})', f'record({owner})'
    shapes = {
        'create': ([('args', record)], ref),
        'destroy': ([('self', ref)], 'void'),
        'get_record': ([('self', ref)], record),
        'get_all': ([], f'set({ref})'),
        'get_all_records': ([], f'map({ref} -> {record})'),
        'get_all_where': ([('expr', 'string')], f'set({ref})'),
        'get_all_records_where': (
            [('expr', 'string')],
            f'map({ref} -> {record})',
        ),
        'get_by_uuid': ([('uuid', 'string')], ref),
        'get_by_name_label': ([('label', 'string')], f'set({ref})'),
    }
    return shapes.get(name)


def split(name, fields):
    """The verb and the field of a message made from a field."""
    for verb in ('get_', 'set_', 'add_to_', 'remove_from_', 'add_', 'remove_'):
        if name.startswith(verb) and name[len(verb) :] in fields:
            return verb, name[len(verb) :]
    raise ValueError(f'The message {name} follows from no rule.')


def of_field(owner, verb, kind):
    """Parameters and result of a message made from a field."""
    this = ('self', f'ref({owner})')
    if verb == 'get_':
        return [this], kind
    if verb == 'set_':
        return [this, ('value', kind)], 'void'
    if verb in ('add_', 'remove_'):
        return [this, ('value', kind[len('set(') : -1])], 'void'
    key, value = split_map(kind)
    if verb == 'add_to_':
        return [this, ('key', key), ('value', value)], 'void'
    return [this, ('key', key)], 'void'


def split_map(kind):
    """Types of the keys and of the values of ``map(K -> V)``."""
    return _MAP.match(kind).groups()
