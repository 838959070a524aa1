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

"""Watching objects with event.from (xapi_event.ml)."""

import re
import time

from nova_vgpu_ext.sandbox.xapi import handlers
from nova_vgpu_ext.sandbox.xapi import values
from nova_vgpu_ext.sandbox.xapi.failure import Failure

_TOKEN = re.compile(r'(\d+),(\d+)$')
_LONGEST = 3600.0


class Event(handlers.Handlers):
    """The calls of class event."""

    def from_(self, call, classes, token, timeout):
        """Wait until something has changed since the token, or time is up."""
        wanted = self._subscriptions(classes)
        since = _since(token)
        end = time.monotonic() + min(timeout, _LONGEST)
        found = self._changes(wanted, since)
        while not found and (left := end - time.monotonic()) > 0:
            self.pool.lock.wait(left)
            self._check(call)
            found = self._changes(wanted, since)
        change = self.db.change
        return {
            'token': f'{change:020d},{change:020d}',
            'events': found,
            'valid_ref_counts': {
                table.lower(): str(len(self.db.tables[table]))
                for table in wanted
            },
        }

    def get_current_id(self, call):
        return self.db.change

    def _check(self, call):
        if call.session and not self.pool.sessions.valid(call.session):
            raise Failure('SESSION_INVALID', call.session)

    def _subscriptions(self, classes):
        """{table: references, or None for all} that a client asks for."""
        known = {
            name.lower(): name
            for name, xapi_class in self.pool.signatures.classes.items()
            if xapi_class.events
        }
        wanted = {}
        for text in classes:
            name, _, ref = text.partition('/')
            if name == '*':
                wanted.update(dict.fromkeys(known.values()))
            elif name.lower() not in known:
                raise Failure('EVENT_SUBSCRIPTION_PARSE_FAILURE', text)
            else:
                _subscribe(wanted, known[name.lower()], ref)
        return wanted

    def _changes(self, wanted, since):
        changes = {'add': [], 'mod': [], 'del': []}
        for table, refs in wanted.items():
            for ref, row in self.db.tables[table].items():
                if row.modified > since and (refs is None or ref in refs):
                    kind = 'add' if row.created > since else 'mod'
                    changes[kind].append(self._event(kind, table, ref, row))
            for change, created, ref in self.db.deleted[table]:
                known = created <= since < change
                if known and (refs is None or ref in refs):
                    changes['del'].append(self._event('del', table, ref))
        return changes['add'] + changes['mod'] + changes['del']

    def _event(self, operation, table, ref, row=None):
        event = {
            'id': str(self.db.change),
            'timestamp': '0.0',
            'class': table.lower(),
            'operation': operation,
            'ref': ref,
        }
        if row is not None:
            release = self.pool.signatures.release
            event['snapshot'] = values.writer(f'record({table})', release)(row)
        return event


def _subscribe(wanted, table, ref):
    if not ref:
        wanted[table] = None
    elif wanted.get(table, ()) is not None:
        wanted[table] = {*wanted.get(table, ()), ref}


def _since(token):
    if token == '':
        return -1
    match = _TOKEN.match(token)
    if match is None:
        raise Failure('EVENT_FROM_TOKEN_PARSE_FAILURE', token)
    return int(match[1])
