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

"""Placement beside the books."""

import contextlib
import sqlite3
import time

from nova_vgpu_ext import names
from tests.storm import cloud as storm

_QUERY = f"""
SELECT provider.name, class.name, total - reserved - COALESCE((
    SELECT SUM(used) FROM allocations
    WHERE resource_provider_id = provider.id
    AND resource_class_id = class.id), 0)
FROM inventories
JOIN resource_providers AS provider
ON provider.id = inventories.resource_provider_id
JOIN resource_classes AS class ON class.id = inventories.resource_class_id
WHERE class.name LIKE '{names.PREFIX.replace('_', '$_')}%' ESCAPE '$'
"""
_PAUSE = 0.05
_PATIENCE_SECONDS = 30
_CALL_SECONDS = 60


class Shelf:
    """Placement of one cloud, and the books of its computes."""

    def __init__(self, layout):
        api = storm.API(layout)
        self._books = f'{api._url.removesuffix("/compute/v2.1")}/books'
        self._session = api._session
        self._database = layout.database('placement').removeprefix(
            'sqlite:///'
        )

    def free(self):
        """{(host, key): free} that Placement knows."""
        with contextlib.closing(sqlite3.connect(self._database)) as database:
            rows = database.execute(_QUERY).fetchall()
        return {(host, key): free for host, key, free in rows}

    def free_by_books(self):
        """The same of the resource trackers' books."""
        answer = self._session.get(self._books, timeout=_CALL_SECONDS)
        return {
            (host, key): free
            for host, counts in answer.json().items()
            for key, free in counts.items()
        }

    def agree(self, journal):
        """Wait until Placement knows what is in the books.

        :returns: (seconds from the last change, sentences on what differs
            even after a long time)
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            now = time.monotonic()
            books, placement = self.free_by_books(), self.free()
            changed = journal.last_change()
            if books == placement and changed < now:
                return now - changed, []
            if now > deadline:
                return now - changed, list(_different(books, placement))
            time.sleep(_PAUSE)


def _different(books, placement):
    for place in sorted(books.keys() | placement.keys()):
        here, there = books.get(place), placement.get(place)
        if here != there:
            yield (
                f'{place[1]} on {place[0]}: free are {here} by the books, '
                f'{there} by Placement.'
            )
