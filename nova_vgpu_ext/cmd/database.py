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

"""nova-vgpu-manage db: the column ``vgpus`` in Nova's databases."""

import sys

from nova_vgpu_ext.db import cells
from nova_vgpu_ext.db import migration

NO_CELL0 = 'Nova has no cell0 mapped yet: run this again when it has.'
NO_REVISION = (
    'not installed, or its record purged: run `nova-vgpu-manage db sync`'
)
TRY_LOCAL = (
    'To migrate only the database of [database] connection, use --local_cell.'
)


def add_parsers(nouns):
    """Add `db sync`, `db version` and `db check` to a parser's commands."""
    text = "bring the column vgpus into Nova's databases"
    verbs = nouns.add_parser('db', help=text, description=text)
    verbs = verbs.add_subparsers(required=True, metavar='ACTION')
    for name, run, text in (
        ('sync', sync, 'add the column to cell0 and [database] connection'),
        ('version', version, 'print the revision of [database] connection'),
        ('check', check, 'say which databases of Nova lack the column'),
    ):
        verb = verbs.add_parser(name, help=text, description=text)
        verb.set_defaults(run=run)
        if run is not version:
            verb.add_argument(
                '--local_cell',
                action='store_true',
                help='only the database of [database] connection',
            )


def sync(args):
    """Migrate each database, also when another one can't be."""
    problems = []
    for database in _to_sync(args.local_cell, problems):
        try:
            with database.engine() as engine:
                migration.upgrade(engine)
                revision = migration.version(engine)
            print(f'{database.title}: at revision {revision}.')
        except cells.DatabaseProblem as problem:
            problems.append(str(problem))
    return _conclude(problems)


def version(args):
    """Print the revision of the configured database."""
    with cells.configured().engine() as engine:
        print(migration.version(engine) or NO_REVISION)
    return 0


def check(args):
    """Tell what is missing where; 1 if anything is."""
    local = args.local_cell
    databases = [cells.configured()] if local else cells.everywhere()
    findings = [text for text in map(finding, databases) if text]
    if not findings:
        print(f'All is well in {len(databases)} database(s).')
    return _conclude(findings)


def finding(database):
    """Return a sentence on what a database lacks, or None.

    :param database: a cells.Database
    """
    try:
        with database.engine() as engine:
            tables = migration.lacking(engine)
    except cells.DatabaseProblem as problem:
        return str(problem)
    if not tables:
        return None
    return (
        f'{database.title} lacks the column vgpus in '
        f'{" and ".join(tables)}: {database.remedy}.'
    )


def _to_sync(local_cell, problems):
    """Return the databases to migrate, noting those that can't be found."""
    databases = []
    if not local_cell:
        try:
            databases = [cell for cell in cells.mapped() if cell.is_cell0]
            if not databases:
                print(NO_CELL0, file=sys.stderr)
        except cells.DatabaseProblem as problem:
            problems.append(f'{problem} {TRY_LOCAL}')
    try:
        databases.append(cells.configured())
    except cells.DatabaseProblem as problem:
        problems.append(str(problem))
    return databases


def _conclude(problems):
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0
