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

"""The packages of the wheel; everything else about it is in setup.cfg."""

import pathlib
import shutil

from setuptools import find_packages
from setuptools import setup

# Two packages live elsewhere in the checkout than where they are installed.
# Nova finds a compute driver only under nova.virt, so the shim goes there;
# the rest of nova/ is Nova's own and no file of it may be in this wheel.
ELSEWHERE = {
    'nova.virt.vgpu_ext': 'nova_vgpu_ext/virt/shim',
    'nova_vgpu_ext.db.migrations': 'db_migrations',
}

# setuptools never removes from build/lib what is gone from the sources, and
# would carry it into the next wheel.
shutil.rmtree(pathlib.Path(__file__).parent / 'build/lib', ignore_errors=True)

setup(
    packages=[
        *find_packages(
            include=['nova_vgpu_ext', 'nova_vgpu_ext.*'],
            exclude=['nova_vgpu_ext.virt.shim'],
        ),
        *ELSEWHERE,
        'nova_vgpu_ext.db.migrations.versions',
    ],
    package_dir=ELSEWHERE,
)
