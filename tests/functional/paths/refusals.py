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

"""Paths that a driver refuses."""

import functools

XENSERVER = 'vgpu_ext.XenAPIDriver'


class Refused(Exception):
    """A step of a path didn't end as it should.

    :ivar sentence: what the user is told
    :ivar seen: of the server, as it was before that step, None if it is new
    :ivar tables: all that the hypervisors had before that step
    """

    def __init__(self, sentence, seen, tables):
        super().__init__(sentence)
        self.sentence = sentence
        self.seen = seen
        self.tables = tables


def refused(sentence, driver=XENSERVER):
    """Let a path end, on one driver, at its first step that is refused.

    The refusal must read like this, and nothing must have changed.
    """

    def decorate(path):
        @functools.wraps(path)
        def test(self):
            if self.compute_driver != driver:
                return path(self)
            self.refusal = sentence
            error = self.assertRaises(Refused, path, self)
            self.assertEqual(sentence, error.sentence)
            self.assert_as_before(error)

        test.refusals = {**refusals(path), driver: sentence}
        return test

    return decorate


def refusals(path):
    """{driver: sentence} of those that refuse a path."""
    return getattr(path, 'refusals', {})
