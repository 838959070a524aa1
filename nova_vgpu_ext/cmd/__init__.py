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

"""The commands nova-vgpu-manage and nova-vgpu-status.

They open databases only: unlike Nova's own commands they need no eventlet,
and so don't import nova.cmd, which patches the process with it.
"""

import warnings

# Libraries of Nova's import eventlet where they find it, for its sake alone.
warnings.filterwarnings('ignore', message=r'\s*Eventlet is deprecated')
