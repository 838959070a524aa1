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

"""What people see where programs get lists of dicts."""

from cliff import columns

from nova_vgpu_ext.osc import drawing


class Models(columns.FormattableColumn):
    """What there is of each model."""

    def human_readable(self):
        return '\n'.join(
            f'{one["model"]}: {one["free"]} free, {one["used"]} used, '
            f'{one["max"]} at the most'
            for one in self._value
        )


class PGPUs(columns.FormattableColumn):
    """Physical GPUs, drawn with what is on them."""

    def human_readable(self):
        return '\n'.join(drawing.of_pgpu(pgpu) for pgpu in self._value)


class Claims(columns.FormattableColumn):
    """What servers are promised; what doesn't run is marked."""

    def human_readable(self):
        return '\n'.join(
            f'{one["model"]} for {one["server"]}'
            f'{", not running" if one["pending"] else ""}'
            for one in self._value
        )


class Findings(columns.FormattableColumn):
    """What an administrator should look after."""

    def human_readable(self):
        return '\n'.join(one['text'] for one in self._value)
