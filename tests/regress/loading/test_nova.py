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

"""What stestr finds here are Nova's tests, by their own names.

The environment tells which set, and whether Nova gets the extension first.
"""

import os

from tests.regress import modules

SET = 'NOVA_VGPU_EXT_REGRESS'
EXTENDED = 'NOVA_VGPU_EXT_REGRESS_EXTENDED'


def load_tests(loader, tests, pattern):
    if os.environ.get(EXTENDED):
        # First of all, since it installs the extension.
        from tests.regress.loading import extended

        extended.configure(os.environ[SET])
    return loader.loadTestsFromNames(modules.names(os.environ[SET]))
