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

"""Tests run against the installed package, in the mode that fits Nova.

Importing this package settles, before anything of Nova's is loaded, what
Nova's own test fixtures decide at import.
"""

import importlib.metadata
import os
import pathlib
import sys

NOVA = int(importlib.metadata.version('nova').partition('.')[0])
ROOT = str(pathlib.Path(__file__).parent.parent)

# Test discovery puts the checkout first on the path. What is tested is the
# wheel, so the checkout goes behind site-packages, for the tests alone, and
# out of the path of the Pythons that they run.
sys.path = [p for p in sys.path if os.path.abspath(p) != ROOT] + [ROOT]
os.environ['PYTHONSAFEPATH'] = '1'

# Up to Nova 32 the fixtures work with eventlet alone.
os.environ.setdefault(
    'OS_NOVA_DISABLE_EVENTLET_PATCHING', '1' if NOVA >= 33 else '0'
)

# ConfFixture looks for the paste file beside Nova's package, where only a
# git checkout of Nova has it; oslo.config asks the environment first.
os.environ.setdefault(
    'OS_WSGI__API_PASTE_CONFIG',
    os.path.join(sys.prefix, 'etc', 'nova', 'api-paste.ini'),
)

# Patches for eventlet or forbids it, as the variable above says.
import nova.tests.functional  # noqa: E402, F401
