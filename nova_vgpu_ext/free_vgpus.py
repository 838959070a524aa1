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
"""How many vGPUs are free, by name, as Nova's filters read it."""

import re

from nova_vgpu_ext import names

_BOUND = re.compile(r'\s*([<>])\s+([0-9]+)\s*')


def _refuse(self, *args, **kwargs):
    raise TypeError('FreeVGPUs is immutable: claim on its state instead')


class FreeVGPUs(dict):
    """{shown name: how many more of that model alone fit}; immutable.

    A dict, since Nova's ComputeCapabilitiesFilter asks for one, that also
    answers to every other name and spelling of a model.

    :ivar state: the HostVGPUs that these numbers are of
    """

    def __init__(self, state, aliases=None):
        super().__init__((row.model, row.free) for row in state.rows)
        self.state = state
        self._aliases = aliases or {}

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __deepcopy__(self, memo):
        return self

    def get(self, name, default=None):
        """The count of a model, as a Count."""
        count = self[name] if name in self else self._of_other_name(name)
        return default if count is None else Count(count)

    def _of_other_name(self, name):
        key = names.canonical_key(name)
        return self.state.free_of(self._aliases.get(key, key), None)


class Count(int):
    """An int that Nova's filters can compare by "> n" and "< n" too."""

    def __str__(self):
        return _CountText(int(self))


class _CountText(str):
    """What Nova makes of a count before it compares it.

    Nova lacks the two operators, and an extra spec of which it doesn't know
    the first word must simply be equal. So this text is equal to those that
    are right about it, and for all other texts Nova stays as it is.
    """

    def __eq__(self, other):
        bound = _BOUND.fullmatch(other) if isinstance(other, str) else None
        if bound is None:
            return super().__eq__(other)
        operator, number = bound.groups()
        count = int(self)
        return count > int(number) if operator == '>' else count < int(number)

    __hash__ = str.__hash__
