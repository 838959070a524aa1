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

"""Clouds of the sandbox for checks, each in a process of its own."""

import contextlib
import pathlib
import shutil
import tempfile

import yaml

from nova_vgpu_ext.sandbox import child
from nova_vgpu_ext.sandbox import errors
from nova_vgpu_ext.sandbox import layout as layouts

_START_SECONDS = 300


@contextlib.contextmanager
def running(name, hosts, settings, start):
    """Run a cloud in a new directory, which stays; its Layout.

    :param name: of the check, for the names of its files
    :param hosts: what its file of hosts says
    :param settings: text of one more file of Nova's settings
    :param start: called with the directory, gives the child.CloudProcess
    :raises SandboxError: it doesn't start, or doesn't end in order
    """
    layout = _prepared(name, hosts, settings)
    child.START_SECONDS = _START_SECONDS
    process = start(layout.root)
    try:
        if not process.wait_until_ready():
            raise errors.SandboxError("The cloud didn't start.")
        yield layout
    finally:
        status = process.stop()
    if status:
        raise errors.SandboxError(f'The cloud ended with status {status}.')


def throw_away(root):
    """Remove all files of a cloud that has ended."""
    shutil.rmtree(root, ignore_errors=True)


def _prepared(name, hosts, settings):
    root = pathlib.Path(tempfile.mkdtemp(prefix=f'nova-vgpu-{name}-'))
    layout = layouts.Layout(root)
    # As if a sandbox with these hosts had been here before.
    layout.lock.touch()
    layout.hosts.write_text(yaml.safe_dump(hosts))
    layout.nova_conf_d.mkdir()
    (layout.nova_conf_d / f'{name}.conf').write_text(settings)
    return layout
