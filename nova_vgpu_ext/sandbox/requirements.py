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

"""What must be installed for the sandbox to run; found out beforehand."""

import importlib.metadata
import importlib.util
import pathlib
import shutil
import sys

from nova_vgpu_ext.sandbox import errors

NOVA = '34'

# Module, and what it is called where people install it.
CLOUD = (
    ('nova', 'nova'),
    ('placement', 'openstack-placement'),
    ('cheroot', 'cheroot'),
    # Nova's fake driver, which ours is derived from, imports it.
    ('fixtures', 'fixtures'),
)
XENAPI = (('XenAPI', 'XenAPI'), ('cryptography', 'cryptography'))
CLIENT = (('openstackclient', 'python-openstackclient'),)


def check(*modules):
    """Make sure that Nova is the right one and all modules are there.

    :param modules: more of them, in the form of ``CLOUD``
    :raises SandboxError: it isn't so
    """
    missing = [
        package
        for module, package in (*CLOUD, *modules)
        if importlib.util.find_spec(module) is None
    ]
    if missing:
        raise errors.SandboxError(
            f'The sandbox needs {" and ".join(missing)}: install the extra '
            "by `pip install 'nova-vgpu-ext[sandbox]'`."
        )
    version = importlib.metadata.version('nova')
    if version.partition('.')[0] != NOVA:
        raise errors.SandboxError(
            f'The sandbox runs on Nova {NOVA} only, and this environment '
            f'has {version}.'
        )


def program(name):
    """The path of a command of this environment, or else on PATH.

    :raises SandboxError: there is none
    """
    beside = pathlib.Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise errors.SandboxError(
            f'The command {name} is neither beside {sys.executable} nor on '
            'PATH: install the package with its commands.'
        )
    return found
