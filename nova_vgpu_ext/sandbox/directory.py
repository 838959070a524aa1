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

"""The directory that holds a sandbox, kept or thrown away."""

import contextlib
import fcntl
import pathlib
import re
import shutil
import tempfile

from nova_vgpu_ext.sandbox import errors
from nova_vgpu_ext.sandbox import layout as layouts

# The path goes into database URLs, into Nova's templates of such URLs and
# into configuration files, each with special characters of its own.
_SPECIAL = re.compile(r'[^\w/.,+@=~: -]')


@contextlib.contextmanager
def opened(path=None):
    """The layout of a sandbox that nobody else runs in meanwhile.

    :param path: where it is kept; None for one thrown away at the end
    :raises SandboxError: the directory can't be used
    """
    root = _temporary() if path is None else _kept(path)
    layout = layouts.Layout(root)
    try:
        with _locked(layout):
            _make_folders(layout)
            yield layout
    finally:
        if path is None:
            shutil.rmtree(root, ignore_errors=True)


def _temporary():
    try:
        root = tempfile.mkdtemp(prefix='nova-vgpu-sandbox-')
    except OSError as error:
        raise errors.SandboxError(
            f'There is no place for a temporary directory: {error}.'
        ) from error
    return pathlib.Path(root)


def _kept(path):
    root = pathlib.Path(path).absolute()
    if special := _SPECIAL.search(str(root)):
        raise errors.SandboxError(
            f"A sandbox can't be in {root}: choose a path without "
            f'"{special.group()}".'
        )
    try:
        root.mkdir(parents=True, exist_ok=True)
        names = {entry.name for entry in root.iterdir()}
    except OSError as error:
        raise _unusable(root, error) from error
    if names and layouts.Layout(root).lock.name not in names:
        raise errors.SandboxError(
            f'{root} holds files that are no sandbox: choose an empty or a '
            'new directory.'
        )
    return root


@contextlib.contextmanager
def _locked(layout):
    try:
        lock = layout.lock.open('w')
    except OSError as error:
        raise _unusable(layout.root, error) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise errors.SandboxError(
                f'Another sandbox is running in {layout.root}.'
            ) from error
        yield


def _make_folders(layout):
    folders = (layout.nova_conf_d, layout.state, layout.cards('any').parent)
    try:
        for folder in folders:
            folder.mkdir(exist_ok=True)
    except OSError as error:
        raise _unusable(layout.root, error) from error


def _unusable(root, error):
    return errors.SandboxError(
        f"{root} can't be used as the sandbox's directory: {error.strerror}."
    )
