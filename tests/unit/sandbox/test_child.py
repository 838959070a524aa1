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
import os
import pathlib
import stat

import fixtures

from nova_vgpu_ext.sandbox import child
from nova_vgpu_ext.sandbox import errors
from tests.unit.sandbox import base

READY = 'print("0.1 s  one"); print("Ready after 0.1 s", flush=True)'
WAIT = 'import sys; sys.stdin.read()'


class CloudProcessTest(base.SandboxTestCase):
    def start(self, *lines):
        """Start a Python script in the place of a cloud."""
        script = pathlib.Path(self.layout.root) / 'script'
        text = '\n'.join(('#!/usr/bin/env python3', *lines))
        script.write_text(text)
        script.chmod(stat.S_IRWXU)
        self.useFixture(
            fixtures.MonkeyPatch(
                'nova_vgpu_ext.sandbox.requirements.program',
                lambda name: str(script),
            )
        )
        cloud = child.CloudProcess(self.layout.root, 'fake', 5)
        self.addCleanup(cloud.stop)
        return cloud

    def wait(self, cloud):
        """(whether it is ready, what was shown)"""
        with contextlib.redirect_stdout(io.StringIO()) as output:
            ready = cloud.wait_until_ready()
        return ready, output.getvalue()

    def test_ready(self):
        cloud = self.start(READY, WAIT)
        ready, shown = self.wait(cloud)
        self.assertTrue(ready)
        self.assertEqual('0.1 s  one\nReady after 0.1 s\n', shown)
        self.assertGreater(cloud.peak_memory(), 0)
        self.assertNotEqual(0, cloud.stop())

    def test_told_where_to_be_and_to_end_with_us(self):
        path = self.layout.root / 'arguments'
        line = f'import sys; open({str(path)!r}, "w").write(str(sys.argv[1:]))'
        self.wait(self.start(line))
        self.assertEqual(
            str(
                [
                    *('up', '--stop-with-stdin'),
                    *('--dir', str(self.layout.root)),
                    *('--driver', 'fake', '--port', '5'),
                ]
            ),
            path.read_text(),
        )

    def test_does_not_start(self):
        ready, _ = self.wait(self.start('raise SystemExit(1)'))
        self.assertFalse(ready)

    def test_too_slow(self):
        self.useFixture(
            fixtures.MonkeyPatch(
                'nova_vgpu_ext.sandbox.child.START_SECONDS', 0.1
            )
        )
        cloud = self.start(WAIT)
        self.assertRaises(errors.SandboxError, cloud.wait_until_ready)

    def test_ends_before_its_time(self):
        cloud = self.start(READY)
        self.wait(cloud)
        cloud._process.wait()
        self.assertRaises(errors.SandboxError, cloud.peak_memory)

    def test_stop_in_order(self):
        cloud = self.start(
            'import signal, sys',
            'signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))',
            READY,
            'signal.pause()',
        )
        self.wait(cloud)
        self.assertEqual(0, cloud.stop())
        self.assertEqual(0, cloud.stop())

    def test_stop_by_force(self):
        self.useFixture(
            fixtures.MonkeyPatch(
                'nova_vgpu_ext.sandbox.child.STOP_SECONDS', 0.1
            )
        )
        cloud = self.start(
            'import signal',
            'signal.signal(signal.SIGTERM, signal.SIG_IGN)',
            READY,
            'while True: signal.pause()',
        )
        self.wait(cloud)
        pid = cloud._process.pid
        self.assertEqual(-9, cloud.stop())
        self.assertFalse(os.path.exists(f'/proc/{pid}'))
