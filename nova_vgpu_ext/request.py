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

"""What a flavor asks for.

Three forms of extra spec say the same: ``vgpus:<model>=N``;
``capabilities:vgpus:<model>='> n'``, which Nova's ComputeCapabilitiesFilter
reads too; and ``resources:CUSTOM_VGPU_<MODEL>=N``, the form of Placement,
whose groups (``resources1:``) add up. So do models; several forms for one
model must agree.
"""

import collections
import dataclasses
import functools
import re

from nova_vgpu_ext import names

PLAIN = 'vgpus:'
CAPABILITIES = 'capabilities:vgpus:'
# XAPI numbers the vGPUs of a VM from 0 to 20 (ocaml/xapi/xapi_vgpu.ml).
MOST_PER_INSTANCE = 21

_BARE = ('vgpus', 'capabilities:vgpus')
# Nova reads these alone as resources (ResourceRequest.XS_KEYPAT).
_PLACEMENT = re.compile(f'(resources[a-zA-Z0-9_-]{{0,64}}:){names.PREFIX}')
_COUNT = re.compile('[1-9][0-9]{0,9}')
_COMPARISON = re.compile(r'(>=|=|>)\s+([0-9]{1,9})')


class InvalidVGPURequest(ValueError):
    """A flavor whose vGPU extra specs can't be understood; one sentence."""


@dataclasses.dataclass(frozen=True)
class VGPURequest:
    """vGPUs asked for; false if none.

    :ivar items: tuple of (canonical key, count), sorted: the device order
    :ivar spelled: {canonical key: name as the flavor spells it}
    """

    items: tuple = ()
    spelled: dict = dataclasses.field(
        default_factory=dict, compare=False, repr=False
    )

    def __bool__(self):
        return bool(self.items)

    @functools.cached_property
    def _hash(self):
        return hash(self.items)

    def __hash__(self):
        return self._hash

    def __str__(self):
        """For messages: ``2 x GRID K260Q, 1 x GRID K120Q``."""
        return ', '.join(
            f'{count} x {self.spelled.get(key, key)}'
            for key, count in self.items
        )

    def keys(self):
        """The canonical key of each vGPU, in device order."""
        for key, count in self.items:
            for _ in range(count):
                yield key

    @classmethod
    def of(cls, counts):
        """A request of {name: count}."""
        spelled = {names.canonical_key(name): name for name in counts}
        items = collections.Counter()
        for name, count in counts.items():
            items[names.canonical_key(name)] += count
        return cls(tuple(sorted(items.items())), spelled)

    @classmethod
    def from_flavor(cls, flavor, aliases=None):
        """What a flavor asks for.

        :param flavor: Nova's Flavor, or anything that holds extra_specs
        :param aliases: {canonical key: canonical key of today's name}
        :raises InvalidVGPURequest: one sentence that says what is wrong
        """
        if 'extra_specs' not in flavor or not flavor.extra_specs:
            return NOTHING
        return cls.from_extra_specs(flavor.extra_specs, aliases)

    @classmethod
    def from_extra_specs(cls, extra_specs, aliases=None):
        """The same for the extra specs alone."""
        found = {}
        for spec, name, count in _summed(extra_specs):
            key = names.canonical_key(name)
            key = (aliases or {}).get(key, key)
            _agree(found.setdefault(key, (name, count, spec)), spec, count)
        if not found:
            return NOTHING
        _refuse_too_many(sum(count for _, count, _ in found.values()))
        return cls(
            tuple(sorted((key, found[key][1]) for key in found)),
            {key: found[key][0] for key in found},
        )


NOTHING = VGPURequest()


def alias_keys(aliases):
    """{canonical key: canonical key} of {old name: today's name}.

    Names may have changed more than once.

    :raises InvalidVGPURequest: if the names go round in a circle
    """
    step = {
        names.canonical_key(old): names.canonical_key(new)
        for old, new in aliases.items()
        if names.canonical_key(old) != names.canonical_key(new)
    }
    final = {}
    for old, new in step.items():
        seen = {old}
        while new in step:
            if new in seen:
                raise InvalidVGPURequest(
                    f'The aliases of vGPU models go round in a circle at '
                    f'{new}: let each old name lead to one that is in use.'
                )
            seen.add(new)
            new = step[new]
        final[old] = new
    return final


def parse(spec, value):
    """One extra spec.

    :returns: (name of the model, count), or None if it isn't about vGPUs
    :raises InvalidVGPURequest: one sentence that says what is wrong
    """
    if spec.startswith(CAPABILITIES):
        name = _name(spec, CAPABILITIES)
        if ':' in name:
            raise InvalidVGPURequest(
                f"Extra spec '{spec}' has a colon in the model's name: write "
                f"it '{CAPABILITIES}{name.replace(':', '-')}'."
            )
        return name, _compared(spec, value)
    if spec.startswith(PLAIN):
        return _name(spec, PLAIN), _counted(spec, value)
    if spec in _BARE:
        raise InvalidVGPURequest(
            f"Extra spec '{spec}' names no vGPU model: use "
            f"'{PLAIN}<model>'='<count>'."
        )
    placement = _PLACEMENT.match(spec)
    if placement:
        name = _name(spec, placement[0])
        if names.canonical_key(name) != spec[len(placement[1]) :]:
            raise InvalidVGPURequest(
                f"Extra spec '{spec}' is no resource class of Placement: "
                f"write it '{placement[1]}{names.canonical_key(name)}'."
            )
        return name, _counted(spec, value)
    return None


def is_resource(spec):
    """Is an extra spec about vGPUs in the form of Placement?"""
    return _PLACEMENT.match(spec) is not None


def without_vgpus(extra_specs):
    """A copy of extra specs, of a flavor that isn't wrong, that asks for
    none.
    """
    return {
        spec: value
        for spec, value in extra_specs.items()
        if parse(spec, value) is None
    }


def _summed(extra_specs):
    """(extra spec, name, count) of each; one for all groups of a resource."""
    of_placement = {}
    for spec in sorted(extra_specs):
        parsed = parse(spec, extra_specs[spec])
        if parsed is None:
            continue
        name, count = parsed
        if is_resource(spec):
            first, _, others = of_placement.get(name, (spec, name, 0))
            of_placement[name] = first, name, others + count
        else:
            yield spec, name, count
    yield from of_placement.values()


def _name(spec, prefix):
    name = spec[len(prefix) :].strip()
    if not name or len(name) > names.MAX_LENGTH:
        raise InvalidVGPURequest(
            f"Extra spec '{spec}' must name a vGPU model of at most "
            f'{names.MAX_LENGTH} characters after {prefix}.'
        )
    return name


def _counted(spec, value):
    if not _COUNT.fullmatch(str(value).strip()):
        raise InvalidVGPURequest(
            f"Extra spec '{spec}'='{value}' does not say how many vGPUs: "
            f"give a positive number, for example '{spec}'='1'."
        )
    return int(value)


def _compared(spec, value):
    match = _COMPARISON.fullmatch(str(value).strip())
    count = match and int(match[2]) + (match[1] == '>')
    if not count:
        raise InvalidVGPURequest(
            f"Extra spec '{spec}'='{value}' does not say how many vGPUs: "
            f"write '> n' for n + 1 of them, or '>= n' or '= n' for n, for "
            f"example '{spec}'='> 0' for one."
        )
    return count


def _agree(first, spec, count):
    _, expected, other = first
    if count != expected:
        raise InvalidVGPURequest(
            f"Extra specs '{other}' and '{spec}' name the same vGPU model, "
            f'but ask for {expected} and {count} of it: let them agree, or '
            'unset one.'
        )


def _refuse_too_many(total):
    if total > MOST_PER_INSTANCE:
        raise InvalidVGPURequest(
            f'The flavor asks for {total} vGPUs; an instance can have '
            f'{MOST_PER_INSTANCE} at the most.'
        )
