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
import signal
from unittest import mock

import fixtures
from oslotest import base

from nova_vgpu_ext.sandbox import child
from nova_vgpu_ext.sandbox import demo
from nova_vgpu_ext.sandbox import errors
from nova_vgpu_ext.sandbox import requirements
from nova_vgpu_ext.sandbox import shell
from nova_vgpu_ext.sandbox import steps


class DemoTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(
            signal.signal, signal.SIGTERM, signal.getsignal(signal.SIGTERM)
        )
        self.temporary = self.useFixture(fixtures.TempDir()).path
        self.useFixture(
            fixtures.MonkeyPatch('tempfile.tempdir', self.temporary)
        )
        self.replace(requirements, 'check')
        self.process = self.replace(child, 'CloudProcess')
        self.cloud = self.process.return_value
        self.cloud.wait_until_ready.return_value = True
        self.cloud.peak_memory.return_value = 200
        self.cloud.stop.return_value = 0
        self.step = mock.Mock()
        story = self.replace(steps, 'Steps').return_value
        story.all.return_value = [('(a) One', self.step)]

    def replace(self, module, name):
        return self.useFixture(fixtures.MockPatchObject(module, name)).mock

    def run_demo(self, path=None, driver=None):
        """(exit status, standard output, standard error)"""
        with (
            contextlib.redirect_stdout(io.StringIO()) as output,
            contextlib.redirect_stderr(io.StringIO()) as problems,
        ):
            status = demo.run(
                argparse.Namespace(dir=path, driver=driver, port=0)
            )
        return status, output.getvalue(), problems.getvalue()

    def write_log(self):
        (folder,) = pathlib.Path(self.temporary).iterdir()
        (folder / 'nova.log').touch()

    def test_all_is_well(self):
        status, output, problems = self.run_demo()
        self.assertEqual((0, ''), (status, problems))
        self.assertIn('=== (a) One', output)
        self.assertIn('0 s (on 2 idle cores at most 120)', output)
        self.assertIn('200 MiB (at most 600)', output)
        self.assertEqual([], os.listdir(self.temporary))
        self.cloud.stop.assert_called_once_with()

    def test_driver(self):
        for driver, expected in ((None, 'xenapi'), ('fake', 'fake')):
            self.run_demo(driver=driver)
            self.assertEqual(expected, self.process.call_args.args[1])

    def test_step_fails(self):
        def fail():
            self.write_log()
            raise shell.StepFailed('It should, and does not.')

        self.step.side_effect = fail
        status, _, problems = self.run_demo()
        self.assertEqual(1, status)
        self.assertIn('Failed: It should, and does not.', problems)
        self.cloud.stop.assert_called_once_with()
        # The log is still there.
        self.assertEqual(1, len(os.listdir(self.temporary)))

    def test_cloud_does_not_start(self):
        self.cloud.wait_until_ready.return_value = False
        self.assertEqual((1, '', ''), self.run_demo())
        self.step.assert_not_called()
        self.assertEqual([], os.listdir(self.temporary))

    def test_cloud_is_slow(self):
        error = errors.SandboxError('x')
        self.cloud.wait_until_ready.side_effect = error
        self.assertRaises(errors.SandboxError, self.run_demo)
        self.cloud.stop.assert_called_once_with()

    def test_interrupted(self):
        self.step.side_effect = lambda: os.kill(os.getpid(), signal.SIGTERM)
        status, _, _ = self.run_demo()
        self.assertEqual(130, status)
        self.cloud.stop.assert_called_once_with()
        self.assertEqual([], os.listdir(self.temporary))

    def test_too_much_memory(self):
        self.cloud.peak_memory.return_value = 601
        status, _, problems = self.run_demo()
        self.assertEqual(1, status)
        self.assertIn('too much memory', problems)

    def test_slow_machine_is_no_failure(self):
        with mock.patch.object(demo, 'MOST_SECONDS', -1):
            status, _, problems = self.run_demo()
        self.assertEqual((0, ''), (status, problems))

    def test_cloud_ends_badly(self):
        self.cloud.stop.return_value = -9
        status, _, problems = self.run_demo()
        self.assertEqual(1, status)
        self.assertIn('ended with status -9', problems)

    def test_used_directory(self):
        (pathlib.Path(self.temporary) / 'nova.conf').touch()
        error = self.assertRaises(
            errors.SandboxError, self.run_demo, self.temporary
        )
        self.assertIn('choose another directory', str(error))

    def test_kept_directory(self):
        path = os.path.join(self.temporary, 'kept')
        os.mkdir(path)
        self.assertEqual(0, self.run_demo(path)[0])
        self.assertTrue(os.path.isdir(path))
