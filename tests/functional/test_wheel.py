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

"""The built wheel beside Nova in a virtual environment of its own."""

import contextlib
import os
import pathlib
import shutil
import sqlite3
import tempfile
import zipfile

import ddt
from oslotest import base

from tests.functional import start_up
from tests.functional import wheel

START_UP = start_up.__file__
PROJECT = 'nova-vgpu-ext'

# Where the packages are in the checkout, and where in the wheel.
PACKAGES = {
    'nova_vgpu_ext': 'nova_vgpu_ext',
    'nova_vgpu_ext/virt/shim': 'nova/virt/vgpu_ext',
    'db_migrations': 'nova_vgpu_ext/db/migrations',
}

NOVA_CONF = """
[DEFAULT]
transport_url = fake://
state_path = {home}
log_file = {home}/nova.log
{door}
[database]
connection = sqlite:///{home}/cell1.db
[api_database]
connection = sqlite:///{home}/api.db
"""

# The two lines that turn the extension on.
DOOR = """config_source = vgpus
[vgpus]
driver = vgpus
"""

NOVA_MANAGE = """
import sys
from nova.cmd import manage
sys.argv[0] = 'nova-manage'
sys.exit(manage.main())
"""

LOAD_DRIVER = """
import sys
from nova import config
from nova.virt import driver, virtapi
config.parse_args(sys.argv)
loaded = driver.load_compute_driver(virtapi.VirtAPI(), 'vgpu_ext.FakeDriver')
print(type(loaded).__name__)
"""


@ddt.ddt
class WheelTest(base.BaseTestCase):
    """The wheel is installed once; no test changes that but the last one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        made = tempfile.TemporaryDirectory(prefix='test-wheel-')
        cls.addClassCleanup(made.cleanup)
        cls.wheel = wheel.build(made.name)
        cls.environment = wheel.Environment(f'{made.name}/venv')
        cls.nova = cls.environment.nova()
        cls.install()

    @classmethod
    def install(cls):
        cls.environment.pip('install', '--no-deps', '--no-index', cls.wheel)

    def setUp(self):
        super().setUp()
        made = tempfile.TemporaryDirectory(prefix='test-wheel-')
        self.addCleanup(made.cleanup)
        self.home = pathlib.Path(made.name)

    def nova_conf(self, door=DOOR):
        # nova-api wants its paste file beside it.
        shutil.copy(os.environ['OS_WSGI__API_PASTE_CONFIG'], self.home)
        path = self.home / 'nova.conf'
        path.write_text(NOVA_CONF.format(home=self.home, door=door))
        return path

    def python(self, code, *arguments):
        options = ['--config-file', self.nova_conf()]
        return self.environment.run('python', '-c', code, *options, *arguments)

    def test_adds_one_folder_to_nova(self):
        names = zipfile.ZipFile(self.wheel).namelist()
        below = {n for n in names if n.startswith('nova/')}
        self.assertIn('nova/virt/vgpu_ext/__init__.py', below)
        for name in below:
            self.assertTrue(name.startswith('nova/virt/vgpu_ext/'), name)
        tops = {name.partition('/')[0].split('-')[0] for name in names}
        self.assertEqual({'nova', 'nova_vgpu_ext'}, tops)

    def test_has_every_module_once(self):
        expected = {
            f'{target}/{path.relative_to(wheel.ROOT / source)}'
            for source, target in PACKAGES.items()
            for path in (wheel.ROOT / source).rglob('*.py')
        }
        expected.discard('nova_vgpu_ext/virt/shim/__init__.py')
        names = zipfile.ZipFile(self.wheel).namelist()
        modules = [name for name in names if name.endswith('.py')]
        self.assertEqual(sorted(expected), sorted(modules))

    def test_nova_finds_the_driver(self):
        output = self.python(LOAD_DRIVER)
        self.assertEqual('FakeDriver', output.split()[-1], output)

    def test_migrates_what_nova_manage_made(self):
        for arguments in (
            ['api_db', 'sync'],
            ['cell_v2', 'map_cell0', '--database_connection', self.cell0],
            ['db', 'sync'],
        ):
            self.python(NOVA_MANAGE, *arguments)
        self.assertEqual([0, 0], [*map(self.columns, ('cell0', 'cell1'))])
        options = ['--config-file', self.nova_conf()]
        self.environment.run('nova-vgpu-manage', *options, 'db', 'sync')
        self.assertEqual([2, 2], [*map(self.columns, ('cell0', 'cell1'))])
        self.environment.run('nova-vgpu-manage', *options, 'db', 'check')

    @property
    def cell0(self):
        return f'sqlite:///{self.home}/cell0.db'

    def columns(self, database):
        """How many of the two tables have the column."""
        path = self.home / f'{database}.db'
        with contextlib.closing(sqlite3.connect(path)) as connection:
            return sum(
                any(
                    row[1] == 'vgpus'
                    for row in connection.execute(
                        f'pragma table_info({table})'
                    )
                )
                for table in ('compute_nodes', 'shadow_compute_nodes')
            )

    @ddt.data(*start_up.PROGRAMS)
    def test_two_lines_load_the_extension(self, program):
        for door, expected in ((DOOR, 'extended'), ('', 'stock')):
            nova_conf = self.nova_conf(door)
            output = self.environment.run(
                'python', START_UP, program, nova_conf
            )
            self.assertEqual(expected, output.split()[-1], output)

    def test_uninstalling_leaves_nova_whole(self):
        self.assertNotEqual(self.nova, self.environment.nova())
        self.environment.pip('uninstall', '--yes', PROJECT)
        self.addCleanup(self.install)
        self.assertEqual(self.nova, self.environment.nova())
        self.assertEqual([], [*self.environment.site.glob('nova_vgpu_ext*')])
        self.assertEqual(
            'stock',
            self.environment.run(
                'python', START_UP, 'nova-compute', self.nova_conf('')
            ).split()[-1],
        )
