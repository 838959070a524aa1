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

"""``nova-vgpu-manage capacity list -f prometheus`` on Nova's databases."""

import datetime
import os

from oslo_utils.fixture import uuidsentinel as uuids

from tests.functional.db import base
from tests.functional.db import test_manage
from tests.unit.cmd import test_metrics

REFUSED = 'There are not enough vGPUs: 1 x'


class TestPrometheus(test_manage.CommandTestCase):
    def setUp(self):
        super().setUp()
        self.succeed('db', 'sync')
        self.add_node('a', base.books())

    def list(self, *args):
        """The samples of what is printed, the exit code and the errors."""
        code, out, err = self.run_command(
            'capacity', 'list', '-f', 'prometheus', *args
        )
        return test_metrics.samples(out), code, err

    def found(self, *args):
        """The samples where there is nothing to complain of."""
        found, code, err = self.list(*args)
        self.assertEqual((0, ''), (code, err))
        return found

    def add_fault(self, instance, message, cell='cell0', **values):
        values = {
            'instance_uuid': instance,
            'message': message,
            'code': 500,
            'deleted': 0,
        } | values
        self.execute(
            f'INSERT INTO instance_faults ({", ".join(values)}) '
            f'VALUES (:{", :".join(values)})',
            cell,
            **values,
        )

    def test_hosts(self):
        self.add_node('plain')
        found = self.found()
        self.assertEqual(
            {('a', 'Big'): 2, ('a', 'Small'): 8}, found['nova_vgpu_max']
        )
        self.assertEqual(
            {('a', 'Big'): 0, ('a', 'Small'): 7}, found['nova_vgpu_free']
        )
        self.assertEqual(
            {('a', 'Big'): 0, ('a', 'Small'): 1}, found['nova_vgpu_used']
        )
        self.assertEqual(
            {('a',): base.SAVED.replace(tzinfo=datetime.UTC).timestamp()},
            found['nova_vgpu_report_timestamp_seconds'],
        )
        (age,) = found['nova_vgpu_report_age_seconds'].values()
        self.assertLess(0, age)
        self.assertEqual({}, found['nova_vgpu_refused_instances'])

    def test_refusals_of_all_cells(self):
        self.add_fault(uuids.one, f'{REFUSED} BIG.')
        self.add_fault(uuids.one, f'{REFUSED} BIG.')
        self.add_fault(uuids.two, f'{REFUSED} Other.', deleted=7)
        self.add_fault(uuids.three, f'{REFUSED} Big.', 'cell1')
        self.add_fault(uuids.four, 'No valid host was found.')
        self.add_fault(uuids.five, None)
        self.assertEqual(
            {('Big',): 2, ('Other',): 1},
            self.found()['nova_vgpu_refused_instances'],
        )

    def test_one_host(self):
        self.add_node('b', base.books())
        found = self.found('--host', 'b')
        self.assertEqual({('b',)}, set(found['nova_vgpu_report_age_seconds']))
        self.assertNotIn('nova_vgpu_refused_instances', found)

    def test_unreadable_host(self):
        self.add_node('bad', 'garbage')
        found, code, err = self.list()
        self.assertEqual(0, code)
        self.assertIn('Host bad is left out', err)
        self.assertEqual({('a',)}, set(found['nova_vgpu_report_age_seconds']))

    def test_cell_that_is_down(self):
        os.remove(self.path('cell0'))
        os.mkdir(self.path('cell0'))
        found, code, err = self.list()
        self.assertEqual(1, code)
        self.assertIn('cell0', err)
        self.assertEqual(2, len(found['nova_vgpu_max']))
