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

"""Let the tests look for each bug in turn.

    python -m tests.mutants [WORD ...]

Words choose those patches whose names have one of them. The last line reads
"N mutants, N caught"; the exit status is 0 if both are equal, and if the
tests find nothing in the code as it is.
"""

import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import nova_vgpu_ext
import tests
from tests import choosing
from tests.mutants import patches

_PACKAGE = pathlib.Path(nova_vgpu_ext.__file__).parent
_CAUGHT_BY = re.compile(r'^(?:FAIL|ERROR): \w+ \(([\w.]+)\)', re.MULTILINE)
_LONG = 600  # seconds, after which an endless loop is assumed


def run_tests(root, names):
    """Run tests against the package below a folder.

    :returns: the name of the first test that failed, None if none did
    """
    command = [sys.executable, '-W', 'ignore', '-m', 'unittest', '-f', *names]
    try:
        result = subprocess.run(
            command,
            cwd=tests.ROOT,
            # Before all installed packages; the checkout goes behind them.
            env={**os.environ, 'PYTHONPATH': str(root), 'PYTHONSAFEPATH': ''},
            capture_output=True,
            text=True,
            timeout=_LONG,
        )
    except subprocess.TimeoutExpired:
        return f'none within {_LONG} s'
    if result.returncode == 0:
        return None
    found = _CAUGHT_BY.search(result.stderr)
    return found[1] if found else f'a broken run:\n{result.stderr[-2000:]}'


def look_for(patch):
    """What catches a bug, None if nothing does."""
    with tempfile.TemporaryDirectory() as root:
        copy = pathlib.Path(root, _PACKAGE.name)
        shutil.copytree(_PACKAGE, copy)
        if patch is not None:
            patch.apply(root)
        return run_tests(root, patch.tests if patch else _all_tests())


def _all_tests():
    return sorted({name for one in patches.every() for name in one.tests})


def main(argv):
    every = {patch.name: patch for patch in patches.every()}
    names = choosing.by_word(argv, 'mutants', __doc__, list(every))
    chosen = [every[name] for name in names]
    found = look_for(None)
    if found:
        print(f'Without a mutant: {found} fails')
        return 1
    caught = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        runs = zip(chosen, pool.map(_outcome, chosen), strict=True)
        for patch, (by, text) in runs:
            caught += by
            print(f'{patch.name}: {text}', flush=True)
    print(f'{len(chosen)} mutants, {caught} caught')
    return 0 if caught == len(chosen) else 1


def _outcome(patch):
    """(whether it was caught, what to print of it)"""
    try:
        by = look_for(patch)
    except patches.DoesNotApply as error:
        return False, str(error)
    return bool(by), f'caught by {by}' if by else 'NOT CAUGHT'


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
