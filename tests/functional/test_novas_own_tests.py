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

"""Some of Nova's own tests pass with the extension as without it.

``./run regress`` runs many more of them, on both sides.
"""

import unittest

from oslotest import base

import tests
from tests.regress import difference
from tests.regress import runs


@unittest.skipUnless(tests.NOVA == 34, 'the list is of Nova 34')
class NovasOwnTestsTest(base.BaseTestCase):
    def test_a_short_list_passes_but_for_what_is_listed(self):
        statuses = runs.run('short', runs.EXTENDED)
        self.assertGreater(len(statuses), 400)
        failed = {
            name for name, status in statuses.items() if status in runs.FAILED
        }
        listed = difference.expected().keys() & statuses.keys()
        self.assertEqual(listed, failed)
