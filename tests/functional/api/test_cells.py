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

"""A cloud of several cells, of which some may not answer."""

import contextlib
from unittest import mock

from oslo_db import exception as db_exc

from nova_vgpu_ext import exception
from nova_vgpu_ext.api import reports
from tests.functional.api import base

K260Q = 'GRID K260Q'
CELLS = {'near': 'cell1', 'far': 'cell2'}


class CellsTest(base.APITestCase):
    NUMBER_OF_CELLS = 2

    def setUp(self):
        super().setUp()
        for host in ('far2', 'near1', 'far1'):
            self.start_host(host, 'GRID K2')
        self.wanted = self.flavor({f'vgpus:{K260Q}': '1'})

    def _start_compute(self, host, cell_name=None):
        cell = CELLS[host.rstrip('0123456789')]
        return super()._start_compute(host, cell)

    @contextlib.contextmanager
    def down(self, *names, error=db_exc.DBConnectionError):
        """Let the databases of some cells fail."""
        cells = {self.cell_mappings[name].uuid for name in names}
        read = reports._rows

        def rows(context, query):
            if context.cell_uuid in cells:
                raise error
            return read(context, query)

        with (
            mock.patch.object(reports, '_rows', rows),
            mock.patch.object(reports.LOG, 'warning') as warning,
        ):
            yield
        told = str(warning.call_args_list)
        for cell in cells:
            self.assertIn(cell, told)

    def hosts(self, query=''):
        answer = self.get(f'/vgpus/hosts{query}')
        return [one['host'] for one in answer['hosts']]

    def free(self):
        models = self.get('/vgpus')['vgpus']
        return {one['model']: one['free'] for one in models}[K260Q]

    def test_all_cells_are_seen(self):
        self.assertEqual(12, self.free())
        self.assertEqual(['far1', 'far2', 'near1'], self.hosts())
        self.assertEqual(['far1', 'far2'], self.hosts('?limit=2'))
        self.assertEqual(['near1'], self.hosts('?limit=2&marker=far2'))
        for host in self.computes:
            shown = self.get(f'/vgpus/hosts/{host}')['host']
            self.assertEqual((host, 2), (shown['host'], len(shown['pgpus'])))
        self.assertEqual(
            {'far1': None, 'far2': None, 'near1': None}, self.fits(self.wanted)
        )

    def test_cell_that_does_not_answer_is_left_out(self):
        with self.down('cell2'):
            self.assertEqual(4, self.free())
            self.assertEqual(['near1'], self.hosts())
            self.assertEqual({'near1': None}, self.fits(self.wanted))
            self.get('/vgpus/hosts/near1')

    def test_host_that_may_be_there(self):
        explain = {'explain': {'flavor': self.wanted, 'host': 'far1'}}
        with self.down('cell2'):
            for asked in (
                {'path': '/vgpus/hosts/far1'},
                {'path': '/vgpus/explain', 'body': explain},
            ):
                sentence = self.refused(503, **asked)
                self.assertIn('not all cells answer', sentence)
        self.refused(404, '/vgpus/hosts/far3')

    def test_no_cell_answers(self):
        with self.down('cell1', 'cell2'):
            for path in ('/vgpus', '/vgpus/hosts', '/vgpus/hosts/near1'):
                self.assertEqual(reports.NO_ANSWER, self.refused(503, path))

    def test_no_cell_has_been_migrated(self):
        missing = exception.ColumnMissing()
        with self.down('cell1', 'cell2', error=missing):
            sentence = self.refused(503, '/vgpus')
        self.assertIn('run "nova-vgpu-manage db sync"', sentence)
