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

"""Values on the wire (XML-RPC) and inside of the simulator, by type.

Inside, an integer is an int, a time is XAPI's text for it, a reference is a
text, a set is a list. On the wire integers are texts, times are XML-RPC's.
"""

import functools
import re
import xmlrpc.client

from nova_vgpu_ext.sandbox.xapi import generated
from nova_vgpu_ext.sandbox.xapi import signatures
from nova_vgpu_ext.sandbox.xapi.failure import internal
from nova_vgpu_ext.sandbox.xapi.failure import untyped

EPOCH = '19700101T00:00:00Z'
_INTEGER = re.compile(r'-?\d+$')
_INSIDE = re.compile(r'(set|enum|ref|record|option)\((.*)\)$')


def inside(kind):
    """What stands in brackets: ('set', 'string') of ``set(string)``."""
    match = _INSIDE.match(kind)
    return match.groups() if match else (kind, None)


def zero(kind):
    """What a field of a type holds when nobody has said."""
    outer, inner = inside(kind)
    if outer == 'enum':
        return signatures.load().enums[inner][0]
    if outer.startswith('map('):
        return {}
    return {
        'set': [],
        'ref': signatures.NULL,
        'int': 0,
        'float': 0.0,
        'bool': False,
        'datetime': EPOCH,
    }.get(outer, '')


def default(field):
    """What a field holds in a new object."""
    if field.required:
        return zero(field.type)
    return plain(field.type, field.default)


def plain(kind, value):
    """A default as it stands in the signatures, as a value of its type."""
    if kind == 'datetime':
        return EPOCH if value == 'epoch' else value
    if kind == 'int':
        return int(value)
    if isinstance(value, list | dict):
        return value.copy()
    return value


# From the wire


def read(kind, value):
    """A value that a client has sent.

    :raises Failure: if it isn't of the type
    """
    outer, inner = inside(kind)
    if outer == 'set':
        return [read(inner, one) for one in _expect(list, value, 'list')]
    if outer.startswith('map('):
        return _read_map(kind, value)
    if outer == 'enum':
        return _read_enum(inner, value)
    return _SCALARS.get(outer, _read_text)(value)


def _expect(python_type, value, name):
    if not isinstance(value, python_type):
        raise untyped(f"Expected {name}, got '{describe(value)}'")
    return value


def _read_text(value):
    return _expect(str, value, 'string')


def _read_integer(value):
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and not _INTEGER.match(value):
        raise untyped('Int64.of_string')
    return int(_expect(str, value, 'int64'))


def _read_time(value):
    if isinstance(value, xmlrpc.client.DateTime):
        return value.value
    return _expect(str, value, 'datetime')


_SCALARS = {
    'int': _read_integer,
    'float': lambda value: _expect(float, value, 'float'),
    'bool': lambda value: _expect(bool, value, 'bool'),
    'datetime': _read_time,
}


def _read_enum(name, value):
    known = signatures.load().enums[name]
    if _read_text(value) not in known:
        raise untyped(f"Expected {name}, got '{describe(value)}'")
    return value


def _read_map(kind, value):
    if not isinstance(value, dict):
        raise untyped('Unmarshalling error')
    keys, values = generated.split_map(kind)
    return {read(keys, key): read(values, one) for key, one in value.items()}


def read_record(xapi_class, value):
    """The fields that a client gives of an object that it creates.

    :param xapi_class: signatures.XapiClass; fields that it doesn't have are
        ignored, as are those that the server alone sets
    :raises Failure: if one is missing or isn't of its type
    """
    if not isinstance(value, dict):
        raise untyped('bad __structure')
    found = {}
    for name in xapi_class.visible:
        field = xapi_class.fields[name]
        if field.qualifier == 'runtime':
            continue
        if name in value:
            found[name] = read(field.type, value[name])
        elif field.required:
            raise internal(
                f'Server_helpers.Dispatcher_FieldNotFound("{name}")'
            )
    return found


def describe(value):
    """A value as OCaml's XML-RPC library shows it."""
    if isinstance(value, list):
        return '[' + ';'.join(describe(one) for one in value) + ']'
    if isinstance(value, dict):
        pairs = (f'{key}:{describe(one)}' for key, one in value.items())
        return '{' + ';'.join(pairs) + '}'
    if isinstance(value, bool):
        return f'B({str(value).lower()})'
    letter = {str: 'S', int: 'I', float: 'F', type(None): 'N'}
    return f'{letter.get(type(value), "D")}({value})'


# To the wire


@functools.cache
def writer(kind, release=None):
    """A function that turns an inner value into one for the wire.

    :param release: decides which fields a record has
    """
    outer, inner = inside(kind)
    if outer == 'set':
        each = writer(inner, release)
        return lambda value: [each(one) for one in value]
    if outer.startswith('map('):
        keys, one = (
            writer(part, release) for part in generated.split_map(kind)
        )
        return lambda value: {keys(k): one(v) for k, v in value.items()}
    if outer == 'record':
        return _record_writer(signatures.load(release).classes[inner], release)
    return {'int': str, 'datetime': xmlrpc.client.DateTime}.get(outer, _same)


def _record_writer(xapi_class, release):
    fields = [
        (name, writer(xapi_class.fields[name].type, release))
        for name in xapi_class.visible
    ]
    return lambda row: {name: write(row[name]) for name, write in fields}


def _same(value):
    return value
