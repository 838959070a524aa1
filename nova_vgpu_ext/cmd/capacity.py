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

"""nova-vgpu-manage capacity: what each host has of each model."""

import datetime
import json
import sys
import typing

import prettytable

from nova_vgpu_ext import capacity
from nova_vgpu_ext.cmd import metrics
from nova_vgpu_ext.cmd import nodes
from nova_vgpu_ext.cmd import refused_instances


class Report(typing.NamedTuple):
    """What one host has, as it last told.

    :ivar saved_at: when, in UTC
    :ivar rows: as of HostVGPUs.rows
    """

    host: str
    saved_at: datetime.datetime
    rows: tuple


class Line(typing.NamedTuple):
    """One model on one host, as it is shown."""

    host: str
    model: str
    max: int
    used: int
    free: int
    updated_at: str  # UTC, ISO 8601


def add_parsers(nouns):
    """Add `capacity list` to a parser's commands."""
    text = 'show how many vGPUs there are'
    verbs = nouns.add_parser('capacity', help=text, description=text)
    verbs = verbs.add_subparsers(required=True, metavar='ACTION')
    text = 'show the vGPUs of each model on each host'
    verb = verbs.add_parser(
        'list',
        help=text,
        description=f'{text}. Used plus free need not make max: a vGPU takes '
        'room from the other models of its physical GPU.',
    )
    verb.add_argument('--host', help='only this compute host')
    verb.add_argument(
        '-f',
        '--format',
        choices=FORMATS,
        default='table',
        help='default: %(default)s',
    )
    verb.set_defaults(run=list_capacity)


def list_capacity(args):
    """Print the lines of all cells; 1 if a cell or the host wasn't found."""
    found, problems = nodes.everywhere(args.host)
    reports, remarks = _reports(found)
    if found or args.host is None:
        print(FORMATS[args.format](reports))
    # Who found no vGPU did so on no host in particular.
    if args.format == 'prometheus' and args.host is None:
        problems += _print_refusals(reports)
    for text in remarks + problems:
        print(text, file=sys.stderr)
    return 1 if problems else 0


def _reports(found):
    """(Reports of the nodes with GPUs, a sentence for each unreadable one)"""
    reports, remarks = [], []
    for node in found:
        if node.vgpus is None:
            continue
        try:
            rows = capacity.HostVGPUs.from_json(node.vgpus).rows
        except capacity.InvalidVGPUs as error:
            remarks.append(
                f'Host {node.host} is left out, since its vgpus in the '
                f"database can't be read: {error}."
            )
        else:
            reports.append(Report(node.host, node.saved_at, rows))
    return reports, remarks


def _print_refusals(reports):
    """Print those of all cells; a sentence for each that can't be read."""
    faults, problems = refused_instances.everywhere()
    shown = {row.model for report in reports for row in report.rows}
    print(metrics.refused(refused_instances.by_model(faults, sorted(shown))))
    return problems


def _lines(reports):
    for report in reports:
        for row in report.rows:
            yield Line(report.host, *row, report.saved_at.isoformat())


def _table(reports):
    table = prettytable.PrettyTable(Line._fields[:-1])
    table.align = 'r'
    table.align['host'] = table.align['model'] = 'l'
    table.add_rows([line[:-1] for line in _lines(reports)])
    return table


def _json(reports):
    return json.dumps([line._asdict() for line in _lines(reports)], indent=2)


def _prometheus(reports):
    return metrics.capacity(reports, datetime.datetime.now(datetime.UTC))


FORMATS = {'table': _table, 'json': _json, 'prometheus': _prometheus}
