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

import argparse
import contextlib
import io
import os
import pathlib
import sys
from unittest import mock

import fixtures
from oslotest import base

from nova_vgpu_ext.sandbox import cloud
from nova_vgpu_ext.sandbox import environ
from nova_vgpu_ext.sandbox import errors
from nova_vgpu_ext.sandbox import hosts
from nova_vgpu_ext.sandbox import httpd
from nova_vgpu_ext.sandbox import hypervisors
from nova_vgpu_ext.sandbox import requirements
from nova_vgpu_ext.sandbox import stopping
from nova_vgpu_ext.sandbox import up


class FakeStop:
    """A request to stop after so many stages of the start."""

    def __init__(self, stages=99):
        self._stages = stages

    def listen(self):
        pass

    listen_to = mock.Mock()

    def check(self):
        self._stages -= 1
        if self._stages < 0:
            raise errors.Interrupted

    def wait(self):
        pass


class UpTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.temporary = self.useFixture(fixtures.TempDir()).path
        self.patch('tempfile.tempdir', self.temporary)
        self.server = self.replace(httpd, 'Server').return_value
        self.server.url = 'http://127.0.0.1:1'
        self.cloud = self.replace(cloud, 'Cloud').return_value
        self.cloud.stages.return_value = [('one', mock.Mock())]
        self.check = self.replace(requirements, 'check')
        self.replace(environ, 'bypass_proxy')
        self.leave = self.replace(stopping, 'leave')
        self.stop = self.replace(stopping, 'StopRequest')
        self.stop.return_value = FakeStop()

    def patch(self, name, value):
        self.useFixture(fixtures.MonkeyPatch(name, value))

    def replace(self, module, name):
        return self.useFixture(fixtures.MockPatchObject(module, name)).mock

    def run_up(self, **options):
        """(exit status, standard output, standard error)"""
        defaults = {
            'dir': None,
            'driver': 'fake',
            'port': 0,
            'hosts': None,
            'stop_with_stdin': False,
        }
        with (
            contextlib.redirect_stdout(io.StringIO()) as output,
            contextlib.redirect_stderr(io.StringIO()) as problems,
        ):
            up.run(argparse.Namespace(**{**defaults, **options}))
        (status,) = self.leave.call_args.args
        return status, output.getvalue(), problems.getvalue()

    def test_shows_progress_and_usage(self):
        status, output, problems = self.run_up()
        self.assertEqual((0, ''), (status, problems))
        progress, ready, *usage = output.splitlines()
        self.assertIn(' s  one', progress)
        self.assertIn(up.READY, ready)
        self.assertIn(self.server.url, ready)
        self.assertIn('OS_CLOUD=vgpu', ''.join(usage))
        self.cloud.stop.assert_called_once_with()

    def test_note_of_the_hypervisors(self):
        note = self.replace(hypervisors, 'make').return_value.note
        note.return_value = 'XenServer is there.'
        self.replace(hosts, 'prepare').return_value = ()
        self.assertIn('XenServer is there.', self.run_up()[1])

    def test_throws_the_directory_away(self):
        self.run_up()
        self.assertEqual([], os.listdir(self.temporary))

    def test_stop_while_starting(self):
        self.stop.return_value = FakeStop(stages=0)
        status, output, problems = self.run_up()
        self.assertEqual(
            (0, 'Ended before it was ready.\n', ''),
            (status, output, problems),
        )
        self.cloud.stop.assert_called_once_with()

    def test_stops_with_standard_input(self):
        with mock.patch.object(sys, 'stdin') as stdin:
            self.run_up(stop_with_stdin=True)
        FakeStop.listen_to.assert_called_with(stdin.buffer)

    def fail(self, error, **options):
        stage = mock.Mock(side_effect=error)
        self.cloud.stages.return_value = [('Placement', stage)]
        status, _, problems = self.run_up(**options)
        self.assertEqual(1, status)
        self.assertEqual(1, len(problems.splitlines()))
        self.cloud.stop.assert_called_once_with()
        return problems

    def test_failing_stage(self):
        self.assertEqual(
            "Placement didn't start (ValueError: no).\n",
            self.fail(ValueError('no.\nmore')),
        )

    def test_stage_that_says_itself_what_is_wrong(self):
        self.assertEqual(
            'A port is busy.\n',
            self.fail(errors.SandboxError('A port is busy.')),
        )

    def test_novas_start_up_code_exits(self):
        self.assertIn('start (it gave up).', self.fail(SystemExit(1)))

    def test_the_extension_exits_with_a_sentence(self):
        self.assertIn('start (A is B).', self.fail(SystemExit('A is B.')))

    def test_log_of_a_kept_sandbox(self):
        folder = pathlib.Path(self.temporary) / 'kept'
        folder.mkdir()
        for name in ('.lock', 'nova.log'):
            (folder / name).touch()
        problems = self.fail(ValueError('no'), dir=str(folder))
        self.assertIn(f': see {folder}/nova.log.', problems)

    def test_log_of_a_temporary_sandbox_is_copied(self):
        def fail():
            (folder,) = pathlib.Path(self.temporary).iterdir()
            (folder / 'nova.log').write_text('a log')
            raise ValueError('no')

        problems = self.fail(lambda: fail())
        (copy,) = pathlib.Path(self.temporary).iterdir()
        self.assertIn(f': see {copy}.', problems)
        self.assertEqual('a log', copy.read_text())

    def test_refusal(self):
        httpd.Server.side_effect = errors.SandboxError('A busy port.')
        self.assertEqual((1, '', 'A busy port.\n'), self.run_up())

    def test_bug(self):
        httpd.Server.side_effect = TypeError('a bug')
        status, _, problems = self.run_up()
        self.assertEqual(1, status)
        self.assertIn('a bug', problems)

    def test_missing_package(self):
        self.check.side_effect = errors.SandboxError('x')
        options = argparse.Namespace(stop_with_stdin=False)
        self.assertRaises(errors.SandboxError, up.run, options)
        self.leave.assert_not_called()

    def test_nobody_reads_the_output(self):
        with mock.patch('builtins.print', side_effect=BrokenPipeError):
            self.assertIsNone(up.say('x'))

    def test_usage_quotes_paths(self):
        with mock.patch.object(environ, 'exports', return_value={'A': 'b c'}):
            layout = mock.Mock(nova_conf=pathlib.Path('/d e/nova.conf'))
            usage = up.usage(layout, 'A note.')
        self.assertIn("export A='b c'", usage)
        self.assertIn("--config-file '/d e/nova.conf'", usage)
        self.assertIn('list\n\nA note.\n\nCtrl-C', usage)
