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

"""A new virtual environment with Nova and the built wheel."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv

ROOT = pathlib.Path(__file__).parents[2]
# What the wheel has installed in the environment that runs the tests.
OURS = ('nova_vgpu_ext', 'nova_vgpu_ext-*', 'vgpu_ext', '__editable__*')


def build(directory):
    """Return the path of the wheel: the one that tox made, or a new one."""
    if package := os.environ.get('TOX_PACKAGE'):
        return pathlib.Path(package)
    pip('wheel', '--no-deps', '--wheel-dir', directory, ROOT)
    (wheel,) = pathlib.Path(directory).glob('*.whl')
    return wheel


def pip(*arguments):
    command = [sys.executable, '-m', 'pip', '--disable-pip-version-check']
    run(*command, *arguments)


def run(*command):
    """Run a command away from the checkout; return what it wrote.

    :raises AssertionError: if it fails, with all that it wrote
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        # Nova's switches and options, and paths to the checkout.
        if not name.startswith(('OS_', 'PYTHON', 'VIRTUAL_ENV'))
    }
    result = subprocess.run(
        list(map(str, command)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        cwd=tempfile.gettempdir(),
        timeout=300,
    )
    if result.returncode:
        raise AssertionError(f'{command} failed: {result.stdout}')
    return result.stdout


class Environment:
    """A virtual environment with all that this one has, but for the wheel.

    Nova and what it needs are linked from here: the same files, at once and
    without a network.

    :ivar site: its site-packages
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        venv.create(self.path, symlinks=True)
        paths = {'base': str(self.path), 'platbase': str(self.path)}
        self.site = pathlib.Path(sysconfig.get_path('purelib', 'venv', paths))
        shutil.copytree(
            sysconfig.get_path('purelib'),
            self.site,
            ignore=shutil.ignore_patterns(*OURS),
            copy_function=_link,
            dirs_exist_ok=True,
        )

    def pip(self, *arguments):
        pip('--python', self.path, *arguments)

    def run(self, program, *arguments):
        """Run one of the environment's programs."""
        return run(self.path / 'bin' / program, *arguments)

    def nova(self):
        """Return a digest of each file that is in Nova's package."""
        return {
            str(path.relative_to(self.site)): _digest(path)
            for path in (self.site / 'nova').rglob('*')
            if path.is_file() and '__pycache__' not in path.parts
        }


def _link(source, target):
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
