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

import contextlib
import io
import subprocess
from unittest import mock

from nova_vgpu_ext.sandbox import requirements
from nova_vgpu_ext.sandbox import shell
from tests.unit.sandbox import base

TABLE = """\
+------+-----------+-----+------+------+
| host | model     | max | used | free |
+------+-----------+-----+------+------+
| a    | GRID K200 |  16 |    0 |   16 |
| b    | X         |   1 |    1 |    0 |
+------+-----------+-----+------+------+
"""


class ShellTest(base.SandboxTestCase):
    def setUp(self):
        super().setUp()
        self.shell = shell.Shell(self.layout)
        self.done = mock.Mock(stdout='', stderr='', returncode=0)

    def run_shell(self, method, *arguments):
        """(result, what was shown)"""
        with (
            mock.patch.object(requirements, 'program', lambda name: name),
            mock.patch.object(
                subprocess, 'run', return_value=self.done
            ) as run,
            contextlib.redirect_stdout(io.StringIO()) as shown,
        ):
            result = getattr(self.shell, method)(*arguments)
        self.command = run.call_args.args[0]
        self.environment = run.call_args.kwargs['env']
        return result, shown.getvalue()

    def test_command_and_output_are_shown(self):
        self.done.stdout = 'result\n'
        self.done.stderr = 'warning\n'
        result, shown = self.run_shell('openstack', 'a', 'b c')
        self.assertEqual('result\n', result)
        self.assertEqual("\n$ openstack a 'b c'\nresult\nwarning\n", shown)
        self.assertEqual('vgpu', self.environment['OS_CLOUD'])

    def test_long_lines_are_cut(self):
        self.done.stdout = 'x' * 500
        result, shown = self.run_shell('openstack', 'a')
        self.assertEqual(500, len(result))
        self.assertTrue(shown.endswith(f'\n{"x" * shell.WIDTH}...\n'))

    def test_failing_command(self):
        self.done.returncode = 3
        error = self.assertRaises(
            shell.StepFailed, self.run_shell, 'openstack', 'a'
        )
        self.assertIn('`openstack a` should succeed', str(error))
        self.assertIn('is 3', str(error))

    def test_hanging_command(self):
        expired = subprocess.TimeoutExpired('x', 1)
        with mock.patch.object(subprocess, 'run', side_effect=expired):
            error = self.assertRaises(
                shell.StepFailed, self.shell.openstack, 'a'
            )
        self.assertIn('took more than', str(error))

    def test_json(self):
        self.done.stdout = '{"a": 1}'
        result, _ = self.run_shell('openstack_json', 'a')
        self.assertEqual({'a': 1}, result)
        self.assertEqual(['-f', 'json'], self.command[-2:])

    def test_no_json(self):
        self.done.stdout = 'oops'
        self.assertRaises(
            shell.StepFailed, self.run_shell, 'openstack_json', 'a'
        )

    def test_capacity(self):
        self.done.stdout = TABLE
        result, _ = self.run_shell('capacity')
        self.assertEqual(
            {
                ('a', 'GRID K200'): shell.Row(max=16, used=0, free=16),
                ('b', 'X'): shell.Row(max=1, used=1, free=0),
            },
            result,
        )
        self.assertIn(str(self.layout.nova_conf), self.command)

    def test_capacity_of_a_host(self):
        self.done.stdout = TABLE
        self.run_shell('capacity', 'a')
        self.assertEqual(['--host', 'a'], self.command[-2:])

    def test_other_table(self):
        for text in ('', TABLE.replace('used', 'spent')):
            self.assertRaises(shell.StepFailed, shell.table, text)


class EventuallyTest(base.SandboxTestCase):
    def test_looks_again(self):
        look = mock.Mock(side_effect=[shell.StepFailed('x'), 'seen'])
        self.assertEqual('seen', shell.eventually(look))

    def test_pauses(self):
        look = mock.Mock(side_effect=[shell.StepFailed('x'), 'seen'])
        with mock.patch('time.sleep') as sleep:
            shell.eventually(look, pause=3)
        sleep.assert_called_once_with(3)

    def test_gives_up(self):
        look = mock.Mock(side_effect=shell.StepFailed('x'))
        self.assertRaises(shell.StepFailed, shell.eventually, look, -1)
