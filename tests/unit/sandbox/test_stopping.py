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

import io
import os
import signal
from unittest import mock

from oslotest import base

from nova_vgpu_ext.sandbox import errors
from nova_vgpu_ext.sandbox import stopping


class StopRequestTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        for number in stopping.SIGNALS:
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        self.stop = stopping.StopRequest()

    def test_none_yet(self):
        self.assertIsNone(self.stop.check())

    def test_signals(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            stop = stopping.StopRequest()
            stop.listen()
            os.kill(os.getpid(), number)
            stop.wait()
            self.assertRaises(errors.Interrupted, stop.check)

    def test_end_of_a_stream(self):
        self.stop.listen_to(io.BytesIO(b'ignored'))
        self.stop.wait()
        self.assertRaises(errors.Interrupted, self.stop.check)

    def test_leave(self):
        closed = mock.Mock()
        closed.flush.side_effect = BrokenPipeError
        with (
            mock.patch('os._exit') as leave,
            mock.patch('sys.stdout', closed),
        ):
            stopping.leave(3)
        leave.assert_called_once_with(3)
