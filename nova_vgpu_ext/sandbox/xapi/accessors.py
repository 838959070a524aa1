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

"""Calls that follow from a class or a field: get, set, add, remove, list."""

from nova_vgpu_ext.sandbox.xapi import expressions
from nova_vgpu_ext.sandbox.xapi.failure import Failure

_VERBS = ('get', 'set', 'add_to', 'remove_from', 'add', 'remove')


class Accessors:
    """Answers such calls for every class alike."""

    def __init__(self, db):
        self._db = db

    def find(self, message):
        """A function of the parameters that answers a message, or None."""
        table, name = message.owner, message.name
        whole = getattr(self, f'_{name}', None)
        if message.generated and whole is not None:
            return lambda *parameters: whole(table, *parameters)
        for verb in _VERBS:
            field = name.removeprefix(f'{verb}_')
            if field != name and self._fits(message, verb, field):
                act = getattr(self, f'_{verb}')
                return lambda ref, *rest: act(table, ref, field, *rest)
        return None

    def _fits(self, message, verb, field):
        """Is the message plain access, as a generated one would be?

        Some are declared by hand only for their documentation's sake.
        """
        count = {'get': 1, 'add_to': 3}.get(verb, 2)
        known = self._db.fields(message.owner)
        return field in known and len(message.parameters) == count

    # Of a class

    def _create(self, table, record):
        return self._db.create(table, **record)

    def _destroy(self, table, ref):
        self._db.destroy(table, ref)

    def _get_record(self, table, ref):
        return self._db.row(table, ref)

    def _get_all(self, table):
        return list(self._db.tables[table])

    def _get_all_records(self, table):
        return dict(self._db.tables[table])

    def _get_all_where(self, table, expression):
        return list(self._get_all_records_where(table, expression))

    def _get_all_records_where(self, table, expression):
        holds = expressions.parse(expression)
        return {
            ref: row
            for ref, row in self._db.tables[table].items()
            if holds(row)
        }

    def _get_by_uuid(self, table, uuid):
        found = self._db.find(table, uuid=uuid)
        if not found:
            raise Failure('UUID_INVALID', table, uuid)
        return found[0]

    def _get_by_name_label(self, table, label):
        return self._db.find(table, name_label=label)

    # Of a field

    def _get(self, table, ref, field):
        return self._db.row(table, ref)[field]

    def _set(self, table, ref, field, value):
        self._db.write(table, ref, **{field: value})

    def _add_to(self, table, ref, field, key, value):
        old = self._db.row(table, ref)[field]
        if key in old:
            raise Failure('MAP_DUPLICATE_KEY', table, field, ref, key)
        self._set(table, ref, field, {**old, key: value})

    def _remove_from(self, table, ref, field, key):
        old = self._db.row(table, ref)[field]
        new = {name: value for name, value in old.items() if name != key}
        self._set(table, ref, field, new)

    def _add(self, table, ref, field, value):
        old = self._db.row(table, ref)[field]
        if value not in old:
            self._set(table, ref, field, [*old, value])

    def _remove(self, table, ref, field, value):
        old = self._db.row(table, ref)[field]
        self._set(table, ref, field, [one for one in old if one != value])
