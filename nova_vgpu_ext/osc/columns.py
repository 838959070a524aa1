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


class _Lines(columns.FormattableColumn):
    """A list of dicts, of which each is a line or some."""

    def human_readable(self):
        return '\n'.join(map(self._line, self._value))


class Models(_Lines):
    """What there is of each model."""

    @staticmethod
    def _line(model):
        return (
            f'{model["model"]}: {model["free"]} free, {model["used"]} used, '
            f'{model["max"]} at the most'
        )


class PGPUs(_Lines):
    """Physical GPUs, drawn with what is on them."""

    _line = staticmethod(drawing.of_pgpu)


class Claims(_Lines):
    """What servers are promised; what doesn't run is marked."""

    @staticmethod
    def _line(claim):
        waits = ', not running' if claim['pending'] else ''
        return f'{claim["model"]} for {claim["server"]}{waits}'


class Findings(_Lines):
    """What an administrator should look after."""

    @staticmethod
    def _line(finding):
        return finding['text']
