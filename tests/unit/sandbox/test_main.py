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
from unittest import mock

import ddt
from oslotest import base

from nova_vgpu_ext.sandbox import demo
from nova_vgpu_ext.sandbox import errors
from nova_vgpu_ext.sandbox import main
from nova_vgpu_ext.sandbox import up


@ddt.ddt
class MainTest(base.BaseTestCase):
    def run_main(self, *argv):
        """(exit status, standard error)"""
        output = io.StringIO()
        with contextlib.redirect_stderr(output):
            try:
                status = main.main(argv)
            except SystemExit as error:
                status = error.code
        return status, output.getvalue()

    @ddt.data(
        (),
        ('fly',),
        ('up', '--port', 'x'),
        ('up', '--port', '-1'),
        ('up', '--port', '65536'),
        ('up', '--port', '²'),
        ('demo', '--hosts', 'x'),
        ('up', '--driver', 'libvirt'),
        ('up', 'x'),
    )
    def test_usage_errors(self, argv):
        status, output = self.run_main(*argv)
        self.assertEqual(2, status)
        self.assertIn('error: ', output)

    def test_bad_port_is_explained(self):
        _, output = self.run_main('up', '--port', '65536')
        self.assertIn("'65536' is no port: give a number", output)

    @mock.patch.object(up, 'run', return_value=0)
    def test_up_has_a_port_that_docs_can_name(self, run):
        self.assertEqual((0, ''), self.run_main('up'))
        options = run.call_args.args[0]
        self.assertEqual(18774, options.port)
        self.assertIsNone(options.dir)
        self.assertIsNone(options.driver)
        self.assertFalse(options.stop_with_stdin)

    @mock.patch.object(demo, 'run', return_value=0)
    def test_demo_takes_any_free_port(self, run):
        self.assertEqual((0, ''), self.run_main('demo', '--dir', 'x'))
        options = run.call_args.args[0]
        self.assertIsNone(options.driver)
        self.assertEqual((0, 'x'), (options.port, options.dir))

    @mock.patch.object(up, 'run', return_value=0)
    def test_driver(self, run):
        for driver in ('xenapi', 'fake'):
            self.run_main('up', '--driver', driver)
            self.assertEqual(driver, run.call_args.args[0].driver)

    @mock.patch.object(up, 'run', side_effect=errors.SandboxError('A. B.'))
    def test_refusal_is_one_sentence(self, run):
        self.assertEqual((1, 'A. B.\n'), self.run_main('up'))
