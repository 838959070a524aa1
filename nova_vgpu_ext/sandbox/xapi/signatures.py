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

"""What XAPI's classes have and what its messages take, by release."""

import dataclasses
import functools
import importlib.resources
import json

from nova_vgpu_ext.sandbox.xapi import generated

NULL = 'OpaqueRef:NULL'
_REQUIRED = object()


@dataclasses.dataclass(frozen=True)
class Field:
    """A field of a class.

    :ivar qualifier: RW, constructor (given at creation) or runtime
    :ivar internal: kept by the server, never shown to clients
    """

    name: str
    type: str
    qualifier: str
    internal: bool
    default: object = _REQUIRED

    @property
    def required(self):
        """Must a constructor's record have it?"""
        return self.default is _REQUIRED


@dataclasses.dataclass(frozen=True)
class Parameter:
    """A parameter of a message, which may be left out if it has a default."""

    name: str
    type: str
    default: object = _REQUIRED

    @property
    def required(self):
        """Must a call have it?"""
        return self.default is _REQUIRED


@dataclasses.dataclass(frozen=True)
class Message:
    """A call that clients may make.

    :ivar generated: made from a field or the class, not written by hand
    """

    owner: str
    name: str
    parameters: tuple
    result: str
    asynchronous: bool
    session: bool
    generated: bool

    @property
    def wire_name(self):
        """As clients call it."""
        return f'{self.owner}.{self.name}'

    @property
    def mandatory(self):
        """How many parameters a call has at least, without the session."""
        return sum(parameter.required for parameter in self.parameters)


@dataclasses.dataclass(frozen=True)
class XapiClass:
    """A class, with what clients of a release see of it."""

    name: str
    events: bool
    fields: dict
    visible: tuple
    messages: dict


@dataclasses.dataclass(frozen=True)
class Signatures:
    """All that a server of some release understands."""

    release: str
    version: tuple
    product: str
    classes: dict
    enums: dict

    def names(self):
        """Of all messages, as clients call them."""
        return [
            message.wire_name
            for known in self.classes.values()
            for message in known.messages.values()
        ]

    def message(self, wire_name):
        """The Message of this name, ``VM.start`` or ``VM_start``, or None."""
        for owner, known in self.classes.items():
            for sign in '._':
                name = wire_name.removeprefix(owner + sign)
                if name != wire_name and name in known.messages:
                    return known.messages[name]
        return None


def releases():
    """Code names of the releases, the oldest first."""
    return [release['name'] for release in _data()['releases']]


def errors():
    """{code: names of its parameters} of the errors that XAPI declares."""
    return _data()['errors']


@functools.cache
def load(release=None):
    """The Signatures of a release, the newest unless given."""
    names = releases()
    release = release or names[-1]
    number = names.index(release)
    facts = _data()['releases'][number]
    # Since XenServer 8 XAPI counts releases instead of naming them; what has
    # such a number is newer than all but the last name.
    known = frozenset(names[: number + 1])
    everything = release == names[-1]

    def has(thing):
        since = thing.get('since')
        return everything or since is None or since in known

    raw = {
        name: value for name, value in _data()['classes'].items() if has(value)
    }
    return Signatures(
        release=release,
        version=tuple(int(part) for part in facts['api'].split('.')),
        product=facts['product'],
        classes={name: _class(name, raw[name], has) for name in raw},
        enums=_enums(),
    )


@functools.cache
def _data():
    here = importlib.resources.files(__package__)
    return json.loads((here / 'signatures.json').read_text('utf-8'))


@functools.cache
def _enums():
    found = {}
    for value in _data()['classes'].values():
        found.update(value['enums'])
    return found


def _class(name, value, has):
    # Fields that clients of the release don't see are kept all the same:
    # the server's own arithmetic needs them.
    fields = {
        key: Field(
            key,
            raw['type'],
            raw['qualifier'],
            raw.get('internal', False),
            raw.get('default', _REQUIRED),
        )
        for key, raw in value['fields'].items()
    }
    visible = [
        key
        for key, field in fields.items()
        if has(value['fields'][key]) and not field.internal
    ]
    messages = {
        key: _message(name, key, raw, has)
        for key, raw in value['messages'].items()
        if has(raw)
    }
    for key in value['generated']:
        message = _generated(name, key, fields, visible)
        if message is not None:
            messages[key] = message
    return XapiClass(name, value['events'], fields, tuple(visible), messages)


def _message(owner, name, raw, has):
    parameters = tuple(
        Parameter(one['name'], one['type'], one.get('default', _REQUIRED))
        for one in raw['params']
        if has(one)
    )
    return Message(
        owner,
        name,
        parameters,
        raw['result'],
        raw.get('async', False),
        raw.get('session', True),
        generated=False,
    )


def _generated(owner, name, fields, visible):
    """A message that follows from its name, None if its field is too new."""
    shape = generated.of_class(owner, name)
    if shape is None:
        verb, field = generated.split(name, fields)
        if field not in visible:
            return None
        shape = generated.of_field(owner, verb, fields[field].type)
    parameters, result = shape
    return Message(
        owner,
        name,
        tuple(Parameter(*parameter) for parameter in parameters),
        result,
        asynchronous=name in ('create', 'destroy'),
        session=True,
        generated=True,
    )
