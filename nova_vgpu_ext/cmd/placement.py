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

"""nova-vgpu-manage placement: what Placement has to know of vGPUs."""

import sys

import nova.conf
import sqlalchemy as sa
from keystoneauth1 import exceptions as ks_exc
from nova import context as nova_context
from nova.scheduler.client import report

from nova_vgpu_ext import capacity
from nova_vgpu_ext import conf
from nova_vgpu_ext.cmd import healing
from nova_vgpu_ext.cmd import nodes
from nova_vgpu_ext.compute import provider
from nova_vgpu_ext.db import cells

CONF = nova.conf.CONF

_MIGRATIONS = sa.table(
    'migrations',
    sa.column('uuid', sa.String),
    sa.column('instance_uuid', sa.String),
)


def add_parsers(nouns):
    """Add `placement heal` to a parser's commands."""
    text = 'manage the allocations of vGPUs in Placement'
    verbs = nouns.add_parser(
        'placement', help=text, description=f'{text}.'
    ).add_subparsers(required=True, metavar='COMMAND')
    text = 'give running instances the allocations that they lack'
    verb = verbs.add_parser(
        'heal',
        help=text,
        description=f'{text}: those that got their vGPUs before Placement '
        'knew of any. It may be run at any time, and again. The exit code is '
        '0 if no instance lacks any more.',
    )
    verb.add_argument('--host', help='only this compute host')
    verb.add_argument(
        '--dry-run', action='store_true', help='only tell what would be done'
    )
    verb.set_defaults(run=heal)


def heal(args):
    """Heal all instances; return the exit code."""
    conf.register_opts(CONF)
    if not CONF.vgpus.claim_in_placement:
        print('There is nothing to do: [vgpus] claim_in_placement is off.')
        return 0
    found, problems = nodes.everywhere(args.host)
    for problem in problems:
        print(problem, file=sys.stderr)
    codes = [_heal_node(node, args.dry_run) for node in found]
    return 1 if problems or any(codes) else 0


def _heal_node(node, dry_run):
    """Heal the instances of one node; 0 if none lacks anything then."""
    if node.vgpus is None:
        return 0
    try:
        outcome = healing.heal(
            report.report_client_singleton(),
            nova_context.get_admin_context(),
            node,
            capacity.HostVGPUs.from_json(node.vgpus),
            lambda consumers: _instances(node.cell, consumers),
            dry_run,
        )
    except capacity.InvalidVGPUs as error:
        return _complain(f"what it reported can't be read: {error}", node)
    except cells.DatabaseProblem as problem:
        return _complain(problem, node)
    except (provider.Failed, ks_exc.ClientException) as error:
        return _complain(f'Placement did not help: {error}', node)
    for one in outcome:
        print(_line(one, dry_run))
    left = dry_run or any(one.reason for one in outcome)
    return 1 if outcome and left else 0


def _complain(text, node):
    print(f'Host {node.host}: {text}', file=sys.stderr)
    return 1


def _line(one, dry_run):
    counts = ', '.join(f'{n} x {key}' for key, n in one.counts.items())
    what = f'lacks {counts}'
    if one.reason:
        what += f'; {one.reason}.'
    elif not dry_run:
        what = f'now has {counts}'
    return f'Host {one.host}: instance {one.instance} {what}'


def _instances(cell, consumers):
    """{migration: its instance}, of those consumers that are migrations."""
    columns = _MIGRATIONS.c
    query = sa.select(columns.uuid, columns.instance_uuid).where(
        columns.uuid.in_(list(consumers))
    )
    with cell.engine() as engine, engine.connect() as connection:
        return dict(connection.execute(query).tuples().all())
