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

"""The objects of a pool, with the links between them kept on both sides."""

import uuid

from nova_vgpu_ext.sandbox.xapi import relations
from nova_vgpu_ext.sandbox.xapi import values
from nova_vgpu_ext.sandbox.xapi.failure import Failure
from nova_vgpu_ext.sandbox.xapi.signatures import NULL

_DELETIONS = 512


class Row(dict):
    """The fields of one object.

    :ivar created: the change that made it
    :ivar modified: the last change of it
    """

    def __init__(self, fields, number):
        super().__init__(fields)
        self.created = self.modified = number


class Database:
    """Tables of rows by reference.

    Rows are read as dicts; they are changed by :meth:`write` alone, which
    keeps the other side of each link and remembers what changed when.

    :param classes: {name: XapiClass}
    :param random: random.Random that references and uuids come from
    """

    def __init__(self, classes, random):
        # Values in rows are replaced, never changed in place, so that all
        # rows of a table may share its defaults.
        self._defaults = {
            name: {
                key: values.default(field)
                for key, field in value.fields.items()
            }
            for name, value in classes.items()
        }
        self._random = random
        self.tables = {name: {} for name in classes}
        self.deleted = {name: [] for name in classes}
        self.change = 0

    # Reading

    def fields(self, table):
        """Names of the fields of a table."""
        return self._defaults[table].keys()

    def row(self, table, ref):
        """The object's fields.

        :raises Failure: HANDLE_INVALID
        """
        try:
            return self.tables[table][ref]
        except (KeyError, TypeError):
            raise Failure('HANDLE_INVALID', table, ref) from None

    def find(self, table, **fields):
        """References of the objects whose fields have these values."""
        return [
            ref
            for ref, row in self.tables[table].items()
            if all(row[name] == value for name, value in fields.items())
        ]

    def has(self, table, ref):
        """Is there such an object?"""
        return ref in self.tables[table]

    # Writing

    def create(self, table, **fields):
        """Make an object; return its reference."""
        self.change += 1
        ref = f'OpaqueRef:{self.new_uuid()}'
        row = Row(self._defaults[table], self.change)
        if 'uuid' in row:
            row['uuid'] = self.new_uuid()
        self.tables[table][ref] = row
        self.write(table, ref, **fields)
        return ref

    def write(self, table, ref, **fields):
        """Give fields of an object new values.

        :raises Failure: HANDLE_INVALID
        """
        row = self.row(table, ref)
        for name, value in fields.items():
            if name not in row:
                raise KeyError(f'{table} has no field {name}')
            if row[name] != value:
                self._relink(table, ref, name, row[name], value)
                row[name] = value
                self._touch(table, ref)

    def destroy(self, table, ref):
        """Remove an object; what points to it goes on doing so.

        :raises Failure: HANDLE_INVALID
        """
        row = self.row(table, ref)
        for name in relations.of(table):
            self._relink(table, ref, name, row[name], None)
        self.change += 1
        del self.tables[table][ref]
        self.deleted[table].append((self.change, row.created, ref))
        del self.deleted[table][:-_DELETIONS]

    def restore(self, tables):
        """Have other objects in some tables, in place of what is there.

        :param tables: {table: {reference: {field: value}}}
        """
        self.change += 1
        for table, rows in tables.items():
            self.tables[table] = {
                ref: Row({**self._defaults[table], **fields}, self.change)
                for ref, fields in rows.items()
            }

    def new_uuid(self):
        """A uuid that the seed decides."""
        number = self._random.getrandbits(128)
        return str(uuid.UUID(int=number, version=4))

    def _touch(self, table, ref):
        self.change += 1
        self.tables[table][ref].modified = self.change

    def _relink(self, table, ref, name, old, new):
        """Bring the other side of a link up to date."""
        other = relations.of(table).get(name)
        if other is None:
            return
        before, after = _as_list(old), _as_list(new)
        for target in before:
            if target not in after:
                self._unlist(*other, target, ref)
        for target in after:
            if target not in before:
                self._list(*other, target, ref)

    def _unlist(self, table, name, target, ref):
        row = self.tables[table].get(target)
        if row is not None and ref in row[name]:
            row[name] = [one for one in row[name] if one != ref]
            self._touch(table, target)

    def _list(self, table, name, target, ref):
        row = self.tables[table].get(target)
        if row is not None and ref not in row[name]:
            row[name] = [*row[name], ref]
            self._touch(table, target)


def _as_list(value):
    if value is None or value == NULL:
        return []
    return value if isinstance(value, list) else [value]
