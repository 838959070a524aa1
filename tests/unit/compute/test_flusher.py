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

import threading

import fixtures
from oslotest import base

from nova_vgpu_ext.compute import flusher

PATIENCE = 30  # seconds


class Failed(Exception):
    pass


class FlusherTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.useFixture(
            fixtures.MockPatchObject(flusher, '_PAUSES', [0, 0, 0])
        )
        self.log = self.useFixture(
            fixtures.MockPatchObject(flusher, 'LOG')
        ).mock
        self.done = []
        self.threads = []
        self.flusher = flusher.Flusher(self.flush, (Failed,))
        self.flusher._in_thread = self.threads.append
        self.answers = []

    def flush(self, nodename, waited):
        self.done.append(nodename)
        self.assertGreaterEqual(waited, 0)
        answer = self.answers.pop() if self.answers else None
        if answer:
            raise answer

    def run_thread(self):
        self.threads.pop(0)()

    def test_marks_of_one_node_are_one(self):
        self.flusher.mark('a')
        self.flusher.mark('b')
        self.flusher.mark('a')
        self.assertEqual([], self.done)
        self.run_thread()
        self.assertEqual(['a', 'b'], sorted(self.done))
        self.assertEqual([], self.threads)

    def test_mark_after_the_end(self):
        self.flusher.mark('a')
        self.run_thread()
        self.flusher.mark('a')
        self.run_thread()
        self.assertEqual(['a', 'a'], self.done)

    def test_mark_in_the_middle(self):
        def mark_again(nodename, waited):
            self.done.append(nodename)
            if len(self.done) == 1:
                self.flusher.mark(nodename)

        self.flusher._flush = mark_again
        self.flusher.mark('a')
        self.run_thread()
        self.assertEqual(['a', 'a'], self.done)
        self.assertEqual([], self.threads)

    def test_failures_are_tried_again(self):
        self.answers = [Failed(), Failed()]
        self.flusher.mark('a')
        self.run_thread()
        self.assertEqual(['a'] * 3, self.done)
        self.assertFalse(self.log.warning.called)

    def test_gives_up_until_the_next_mark(self):
        self.answers = [Failed('away')] * 3
        self.flusher.mark('a')
        self.run_thread()
        self.assertTrue(self.log.warning.called)
        self.flusher.mark('a')
        self.run_thread()
        self.assertEqual(['a'] * 4, self.done)

    def test_what_nobody_expected_harms_no_other_node(self):
        self.answers = [LookupError()]
        self.flusher.mark('a')
        self.flusher.mark('b')
        self.run_thread()
        self.assertEqual(['a', 'b'], sorted(self.done))
        self.assertTrue(self.log.exception.called)

    def test_in_a_thread(self):
        done = threading.Event()
        tested = flusher.Flusher(lambda *_: done.set(), (Failed,))
        tested.mark('a')
        self.assertTrue(done.wait(PATIENCE))
