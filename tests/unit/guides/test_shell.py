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

import os
import pathlib
from unittest import mock

import fixtures
from oslotest import base

from tests.guides import blocks
from tests.guides import shell


class ShellTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        home = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.shell = shell.Shell(home, dict(os.environ))

    def play(self, text, **kwargs):
        return self.shell.play(blocks.Command(1, text, **kwargs))

    def test_right(self):
        self.assertIsNone(self.play('echo one', shown='one\n'))

    def test_lacks_output(self):
        wrong = self.play('echo one', shown='two\n')
        self.assertIn('it should print\ntwo', wrong)
        self.assertIn('It printed\none', wrong)

    def test_fails(self):
        self.assertIn('its exit status is 3, not 0', self.play('exit 3'))

    def test_should_fail(self):
        self.assertIsNone(self.play('false', status=1))
        self.assertIn('is 0, not 1', self.play('true', status=1))

    def test_variables_stay(self):
        self.play('export one="1 2"')
        self.assertIsNone(self.play('echo "$one"', shown='1 2\n'))

    def test_looks_again(self):
        path = self.useFixture(fixtures.TempDir()).path
        command = f'echo >>{path}/lines; wc -l <{path}/lines'
        with mock.patch.object(shell, '_PAUSE', 0):
            self.assertIsNone(self.play(f'true list; {command}', shown='3'))

    def test_does_nothing_twice(self):
        path = self.useFixture(fixtures.TempDir()).path
        command = f'echo >>{path}/lines; wc -l <{path}/lines'
        self.assertIsNotNone(self.play(command, shown='3'))

    def test_what_is_here(self):
        home = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        here = shell.Shell(home, dict(os.environ), lambda text: f'echo {text}')
        self.assertIsNone(here.play(blocks.Command(1, 'true', 'true\n')))
