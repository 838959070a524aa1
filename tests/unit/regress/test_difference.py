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

"""What differs between two runs of Nova's tests, and what may."""

import ddt
from oslotest import base

from tests.regress import difference


@ddt.ddt
class DifferingTest(base.BaseTestCase):
    @ddt.data('success', 'fail', 'skip', 'xfail')
    def test_same_status(self, status):
        statuses = {'test': status}
        self.assertEqual([], difference.differing(statuses, statuses))

    @ddt.data(
        ({'test': 'success'}, {'test': 'fail'}),
        ({'test': 'fail'}, {'test': 'success'}),
        ({'test': 'success'}, {'test': 'skip'}),
        ({'test': 'success'}, {}),
        ({}, {'test': 'success'}),
    )
    @ddt.unpack
    def test_other_status_or_none(self, stock, extended):
        self.assertEqual(['test'], difference.differing(stock, extended))


class JudgeTest(base.BaseTestCase):
    def test_all_are_listed(self):
        verdict = difference.judge(['a', 'b'], {'b': 'why', 'a': 'why'})
        self.assertEqual(['a', 'b'], verdict.listed)
        self.assertTrue(verdict.good)

    def test_one_is_not_listed(self):
        verdict = difference.judge(['a', 'b'], {'b': 'why'})
        self.assertEqual(['a'], verdict.unlisted)
        self.assertFalse(verdict.good)

    def test_one_is_listed_for_nothing(self):
        verdict = difference.judge(['a'], {'b': 'why', 'a': 'why'})
        self.assertEqual(['b'], verdict.needless)
        self.assertFalse(verdict.good)


class ExpectedTest(base.BaseTestCase):
    def test_each_is_a_test_of_nova_with_its_reason(self):
        for name, reason in difference.expected().items():
            self.assertTrue(name.startswith('nova.tests.'), name)
            self.assertRegex(reason, 'fingerprint|class|columns|tables', name)
