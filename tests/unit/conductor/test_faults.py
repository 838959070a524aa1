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

from unittest import mock

from nova import exception
from oslotest import base

from nova_vgpu_ext.conductor import faults

REFUSED = 'Insufficient compute resources: not enough vGPUs: 1 x GRID K2.'
EXHAUSTED = 'Exhausted all hosts.'


class LastHostTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.stock = mock.Mock()
        self.populate = faults.keeps_reason(mock.Mock())
        self.notify = faults.tells_reason(self.stock)

    def told(self, retry, ex=None, instance='a'):
        """What becomes of an error."""
        self.populate({'retry': retry} if retry is not None else {}, 'a')
        ex = ex or exception.MaxRetriesExceeded(reason=EXHAUSTED)
        self.notify(None, None, instance, 'build_instances', {}, ex, None)
        return str(self.stock.call_args.args[5])

    def test_vgpus_were_short(self):
        self.assertEqual(
            'Exceeded maximum number of retries. The last host refused: not '
            'enough vGPUs: 1 x GRID K2. Exhausted all hosts.',
            self.told({'exc_reason': REFUSED}),
        )

    def test_something_else_was_wrong(self):
        for retry in ({'exc_reason': 'No disk.'}, {'exc_reason': None}, {}):
            self.assertNotIn('refused', self.told(retry))
        self.assertNotIn('refused', self.told(None))

    def test_each_instance_has_its_own(self):
        told = self.told({'exc_reason': REFUSED}, instance='b')
        self.assertNotIn('refused', told)

    def test_other_errors_stay(self):
        ex = exception.NoValidHost(reason='Short of hosts.')
        told = self.told({'exc_reason': REFUSED}, ex)
        self.assertEqual('No valid host was found. Short of hosts.', told)

    def test_it_is_forgotten(self):
        self.told({'exc_reason': REFUSED})
        self.assertNotIn('refused', self.told({}))

    def test_nova_goes_on_as_ever(self):
        stock = mock.Mock(side_effect=exception.MaxRetriesExceeded(reason=''))
        self.assertRaises(
            exception.MaxRetriesExceeded,
            faults.keeps_reason(stock),
            {'retry': {'exc_reason': REFUSED}},
            'a',
        )


class MoveTest(base.BaseTestCase):
    def told(self, ex, reason='No valid host found for resize'):
        """What becomes of the scheduler's refusal."""

        def cold_migrate(self, context, instance, *args):
            try:
                raise ex
            except exception.NoValidHost:
                raise exception.NoValidHost(reason=reason)  # noqa: B904

        error = self.assertRaises(
            exception.NoValidHost,
            faults.tells_why_not_moved(cold_migrate),
            *(None, None, None, 'flavor'),
        )
        return str(error)

    def test_vgpus_are_short(self):
        self.assertEqual(
            'No valid host was found. No valid host found for resize: not '
            'enough vGPUs: 1 x GRID K2.',
            self.told(
                exception.NoValidHost(
                    reason='There are not enough vGPUs: 1 x GRID K2.'
                )
            ),
        )

    def test_something_else_is_short(self):
        self.assertEqual(
            'No valid host was found. No valid host found for resize',
            self.told(exception.NoValidHost(reason='')),
        )
