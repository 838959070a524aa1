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

"""nova-vgpu-manage audit: where the books and the cloud don't agree."""

import datetime
import json
import sys
import typing

import nova.conf
import prettytable
from nova import context as nova_context
from nova.objects import flavor as flavor_obj

from nova_vgpu_ext import capacity
from nova_vgpu_ext import conf
from nova_vgpu_ext import flavors
from nova_vgpu_ext import reasons
from nova_vgpu_ext import request
from nova_vgpu_ext.cmd import nodes
from nova_vgpu_ext.db import cells

CONF = nova.conf.CONF

NONE, SOME, UNKNOWN = 0, 1, 2  # exit codes

_DEFAULT_PERIOD = 60  # seconds; what Nova makes of an interval of 0


class Line(typing.NamedTuple):
    """One finding, as it is shown."""

    host: str | None
    kind: str
    instance: str | None
    model: str | None
    text: str


def add_parsers(nouns):
    """Add `audit` to a parser's commands."""
    text = 'show what is wrong with vGPUs, host by host'
    verb = nouns.add_parser(
        'audit',
        help=text,
        description=f'{text}. The exit code is 0 if nothing is, 1 if '
        'something is, 2 if that is not known: a host has not reported for '
        'two periods, or what it reported can not be read.',
    )
    verb.add_argument('--host', help='only this compute host')
    verb.add_argument(
        '-f',
        '--format',
        choices=FORMATS,
        default='table',
        help='default: %(default)s',
    )
    verb.set_defaults(run=audit, failure=UNKNOWN)


def audit(args):
    """Print all findings; return the exit code."""
    conf.register_opts(CONF)
    found, problems = nodes.everywhere(args.host)
    lines, books, unknown = _look_at(found)
    if args.host is None and not unknown and not problems:
        lines += _flavor_lines(books)
    if lines or args.format != 'table':
        print(FORMATS[args.format](lines))
    for text in unknown + problems:
        print(text, file=sys.stderr)
    if unknown or problems:
        return UNKNOWN
    return SOME if lines else NONE


def _look_at(found):
    """(Lines, the HostVGPUs, a sentence for each host that isn't known)"""
    lines, books, unknown = [], [], []
    for node in found:
        if node.vgpus is None:
            continue
        unknown.extend(_staleness(node))
        try:
            there = capacity.HostVGPUs.from_json(node.vgpus)
        except capacity.InvalidVGPUs as error:
            unknown.append(
                f"What host {node.host} reported can't be read: {error}."
            )
            continue
        books.append(there)
        lines.extend(Line(node.host, *finding) for finding in there.findings)
    return lines, books, unknown


def _staleness(node):
    period = CONF.update_resources_interval or _DEFAULT_PERIOD
    age = datetime.datetime.now(datetime.UTC) - node.saved_at
    if period > 0 and age.total_seconds() > 2 * period:
        yield (
            f'Host {node.host} has not reported since '
            f'{node.saved_at.isoformat()}: see whether its nova-compute '
            'runs, and what its log says.'
        )


# Flavors


def _flavor_lines(books):
    """A Line for each flavor that can't be booted, whatever is free."""
    with cells.api_errors():
        found = flavor_obj.FlavorList.get_all(nova_context.get_admin_context())
    for flavor in found:
        try:
            wanted = flavors.vgpu_request(flavor)
        except request.InvalidVGPURequest as error:
            yield Line(
                None, 'flavor', None, None, f'Flavor {flavor.name}: {error}'
            )
            continue
        for name in reasons.unknown_models(books, wanted):
            yield Line(None, 'flavor', None, name, _nowhere(flavor, name))


def _nowhere(flavor, name):
    return (
        f'Flavor {flavor.name} asks for the vGPU model {name}, which no host '
        'has. If the model has another name now, set [vgpus] model_aliases.'
    )


def _table(lines):
    table = prettytable.PrettyTable(['host', 'kind', 'finding'])
    table.align = 'l'
    table.max_width = 72
    for line in lines:
        table.add_row([line.host or 'all', line.kind, line.text])
    return table


def _json(lines):
    return json.dumps([line._asdict() for line in lines], indent=2)


FORMATS = {'table': _table, 'json': _json}
