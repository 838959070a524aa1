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

"""Reading a log that grows."""

import json
import pathlib
import types

import fixtures
from oslotest import base

from tests.race import journal


class JournalTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        root = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        layout = types.SimpleNamespace(root=root)
        self.file = open(journal.path(layout), 'w')  # noqa: SIM115
        self.addCleanup(self.file.close)
        self.journal = self.useFixture(_Running(journal.Journal(layout)))

    def _write(self, at, event, **values):
        line = json.dumps({'at': at, 'event': event, 'vm': 'vm', **values})
        # In two pieces, as a reader may come between them.
        for part in (line[:9], f'{line[9:]}\n'):
            self.file.write(part)
            self.file.flush()

    def test_active(self):
        self._write(1, 'state', state='building')
        self._write(2, 'state', state='active')
        self.assertEqual((2, True), self.journal.end_of_boot('vm', 10))

    def test_error(self):
        self._write(2, 'state', state='error')
        self.assertEqual((2, False), self.journal.end_of_boot('vm', 10))

    def test_no_end(self):
        self._write(1, 'state', state='building')
        self.assertRaises(TimeoutError, self.journal.end_of_boot, 'vm', 0.01)

    def test_deleted(self):
        self._write(1, 'deleted')
        self.journal.wait_deleted('vm', 10)

    def test_last_change(self):
        self._write(1, 'claimed')
        self._write(2, 'refused')
        self._write(3, 'deleted')
        self.journal.wait_deleted('vm', 10)
        self.assertEqual(1, self.journal.last_change())


class _Running(fixtures.Fixture):
    def __init__(self, value):
        self._value = value

    def _setUp(self):
        self._value.__enter__()
        self.addCleanup(self._value.__exit__)

    def __getattr__(self, name):
        return getattr(self._value, name)
