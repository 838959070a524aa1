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


"""The commands as an operator starts them, with a nova.conf."""

import json
import pathlib
import subprocess
import sys

from nova_vgpu_ext.db import migration
from tests.functional.db import base

LOADING = '[DEFAULT]\nconfig_source = vgpus\n[vgpus]\ndriver = vgpus\n'
SCHEDULER = """
[filter_scheduler]
available_filters = nova.scheduler.filters.all_filters
available_filters = nova_vgpu_ext.scheduler.filters.VGPUCapacityFilter
enabled_filters = ComputeFilter,VGPUCapacityFilter
weight_classes = nova_vgpu_ext.scheduler.weights.VGPUWeigher
"""


class ProgramTestCase(base.DatabaseTestCase):
    def write_conf(self, *parts, main=None, api=None):
        """Write nova.conf with two databases and more."""
        urls = f'[database]\nconnection = {main or self.url("cell1")}\n'
        urls += f'[api_database]\nconnection = {api or self.url("api")}\n'
        text = '\n'.join((*parts, urls))
        pathlib.Path(self.path('nova.conf')).write_text(text)

    def run_program(self, module, *args):
        """Run it; return its code, stdout and stderr."""
        command = [sys.executable, '-m', f'nova_vgpu_ext.cmd.{module}']
        done = subprocess.run(
            [*command, '--config-file', self.path('nova.conf'), *args],
            capture_output=True,
            text=True,
        )
        self.assertNotIn('Traceback', done.stderr + done.stdout)
        return done.returncode, done.stdout, done.stderr


class TestManage(ProgramTestCase):
    def test_with_the_extension_loaded(self):
        self.write_conf(LOADING)
        code, _, err = self.run_program('manage', 'db', 'sync')
        self.assertEqual((0, ''), (code, err))
        self.assertEqual((), migration.lacking(self.engine('cell0')))
        self.add_node('host', base.books())
        code, out, err = self.run_program('manage', 'capacity', 'list')
        self.assertEqual((0, ''), (code, err))
        self.assertIn('host', out)

    def test_unreachable_databases(self):
        url = 'sqlite:////nowhere/nova.db'
        self.write_conf(main=url, api=url)
        for args in (
            ('db', 'sync'),
            ('db', 'version'),
            ('capacity', 'list'),
        ):
            code, _, err = self.run_program('manage', *args)
            self.assertEqual(1, code)
            self.assertIn('unable to open database file', err)

    def test_passwords_stay_hidden(self):
        url = 'mysql+nodriver://nova:s3@cret@localhost/nova'
        self.write_conf(main=url)
        code, out, err = self.run_program('manage', 'db', 'sync')
        self.assertEqual(1, code)
        self.assertIn('mysql+nodriver://localhost/nova', err)
        self.assertNotIn('cret', out + err)

    def test_bad_transport_url(self):
        self.write_conf('[DEFAULT]\ntransport_url = nova:s3cret@rabbit')
        code, _, err = self.run_program('manage', 'db', 'version')
        self.assertEqual(1, code)
        self.assertIn('transport_url in [DEFAULT]', err)
        self.assertNotIn('s3cret', err)

    def test_missing_file(self):
        code, _, err = self.run_program('manage', 'db', 'version')
        self.assertEqual(1, code)
        self.assertIn(self.path('nova.conf'), err)
        self.assertEqual(1, len(err.splitlines()))

    def test_reader_that_has_seen_enough(self):
        self.write_conf()
        command = (
            f'{sys.executable} -m nova_vgpu_ext.cmd.manage '
            f'--config-file {self.path("nova.conf")} db version | true'
        )
        done = subprocess.run(
            command, shell=True, capture_output=True, text=True
        )
        self.assertEqual('', done.stderr)


class TestStatus(ProgramTestCase):
    def checks(self, *conf):
        """{check: details, None if it is passed}, and the exit code."""
        self.write_conf(*conf)
        code, out, _ = self.run_program('status', 'upgrade', 'check', '--json')
        found = {c['check']: c['details'] for c in json.loads(out)['checks']}
        return found, code

    def test_nothing_in_place(self):
        found, code = self.checks()
        self.assertEqual(2, code)
        self.assertIn(
            'run `nova-vgpu-manage db sync`',
            found['Column vgpus in all databases'],
        )
        self.assertIn('config_source', found['Extension loaded'])
        self.assertIn('available_filters', found['Scheduler filter'])
        self.assertIn('enabled_filters', found['Scheduler filter'])
        self.assertIn('weight_classes', found['Scheduler weigher'])
        self.assertIsNone(found['Flavors'])

    def test_all_in_place(self):
        for name in ('cell0', 'cell1'):
            migration.upgrade(self.engine(name))
        found, code = self.checks(LOADING, SCHEDULER)
        self.assertEqual({None}, set(found.values()))
        self.assertEqual(0, code)

    def test_misspelt_driver(self):
        found, _ = self.checks(LOADING.replace('driver = vgpus', ''))
        self.assertIn('driver = vgpus', found['Extension loaded'])

    def test_missing_file(self):
        code, _, err = self.run_program('status', 'upgrade', 'check')
        self.assertEqual(255, code)
        self.assertIn(self.path('nova.conf'), err)
