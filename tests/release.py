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

"""Build what is released, and see that nothing is missing from it.

    python tests/release.py

The wheel is built out of the sdist. One that is built from the checkout must
be the same, file by file: then the sdist has all that it takes.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).parent.parent
DIST = ROOT / 'dist'


def python(*arguments):
    line = [sys.executable, '-m', *map(str, arguments)]
    subprocess.run(line, cwd=ROOT, check=True)


def build(directory, *options):
    """Build, and return the path of the wheel."""
    python('build', *options, '--outdir', directory, ROOT)
    (wheel,) = pathlib.Path(directory).glob('*.whl')
    return wheel


def contents(wheel):
    """{name: checksum} of the files of a wheel, without the list of them."""
    return {
        file.filename: file.CRC
        for file in zipfile.ZipFile(wheel).infolist()
        if not file.filename.endswith('/RECORD')
    }


def main():
    shutil.rmtree(DIST, ignore_errors=True)
    # It remembers files that MANIFEST.in no longer names.
    shutil.rmtree(ROOT / 'nova_vgpu_ext.egg-info', ignore_errors=True)
    released = build(DIST)
    with tempfile.TemporaryDirectory() as directory:
        from_checkout = contents(build(directory, '--wheel'))
    differing = dict(
        set(contents(released).items()) ^ set(from_checkout.items())
    )
    if differing:
        print('These are not the same in the wheel that was built out of the')
        print('sdist: see MANIFEST.in.', *sorted(differing), sep='\n')
        return 1
    python('twine', 'check', '--strict', *sorted(DIST.iterdir()))
    print(f'{len(from_checkout)} files are in {released.name}.')
    return 0


if __name__ == '__main__':
    sys.exit(main())
