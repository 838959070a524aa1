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

"""What GET /vgpus takes beside GET /os-hypervisors, on the same cloud.

Both are asked of the same API over the same database, in turns, so that the
machine's moods touch both alike. The first round is told apart: each process
of the API reads the books of each host once, and again when they change.
"""

import statistics
import tempfile
import time

import webob
from nova import context as nova_context
from nova import objects
from nova import test
from nova.db.main import api as main_db_api
from nova.db.main import models
from nova.tests import fixtures as nova_fixtures

from benchmarks import cases
from benchmarks import cloud
from tests.functional.api import base

ROUNDS = 3
BOUND = 3  # times what the other takes
OURS, THEIRS = '/vgpus', '/os-hypervisors'
# Left out of a row: what the database gives by itself.
_NOT_OURS = ('id', 'created_at', 'updated_at', 'deleted_at', 'deleted')
HEADERS = {
    'X-Auth-User': 'admin',
    'X-Auth-Project-Id': base.PROJECT,
    'X-Roles': base.ROLES['admin'],
    'X-OpenStack-Nova-API-Version': 'latest',
}


@main_db_api.pick_context_manager_writer
def _write(context, rows):
    """The compute nodes and services of a cell."""
    session = context.session
    for row in rows:
        host = row['host']
        columns = {
            name: value
            for name, value in row.items()
            if hasattr(models.ComputeNode, name) and name not in _NOT_OURS
        }
        session.add(models.ComputeNode(**columns))
        session.add(
            models.Service(
                host=host,
                binary='nova-compute',
                topic='compute',
                report_count=1,
                version=objects.service.SERVICE_VERSION,
                uuid=row['uuid'],
            )
        )


class Asking(test.TestCase):
    """Asks both, of a cloud that is only in the databases.

    :cvar seconds: {path: of each round}; what an object has, Nova deletes
    """

    seconds = {OURS: [], THEIRS: []}

    def runTest(self):
        # As in a deployment, and not as in tests.
        self.flags(debug=False)
        self.flags(response_validation='warn', group='api')
        with tempfile.TemporaryDirectory() as directory:
            self.flags(
                api_paste_config=base.paste_file(directory), group='wsgi'
            )
            api = self.useFixture(nova_fixtures.OSAPIFixture('v2.1'))
        self.make_cloud()
        for _ in range(ROUNDS):
            for path in self.seconds:
                self.seconds[path].append(self.ask(api.app(), path))

    def make_cloud(self):
        rows = cloud.rows()
        admin = nova_context.get_admin_context()
        cell = self.cell_mappings['cell1']
        with nova_context.target_cell(admin, cell) as context:
            _write(context, rows)
        for row in rows:
            objects.HostMapping(
                admin, host=row['host'], cell_mapping=cell
            ).create()

    def ask(self, app, path):
        """Seconds until the answer."""
        request = webob.Request.blank(f'/v2.1{path}', headers=HEADERS)
        start = time.perf_counter()
        answer = request.get_response(app)
        seconds = time.perf_counter() - start
        self.assertEqual(200, answer.status_int, answer.text)
        expected = {OURS: cloud.MODELS, THEIRS: cloud.HOSTS}[path]
        ((_, items), *_) = answer.json.items()
        self.assertEqual(expected, len(items))
        return seconds


def main():
    """Print the figures.

    :returns: whether the bound is kept
    """
    asking = Asking()
    if not cases.run(asking):
        return False
    print(f'API on {cloud.HOSTS} hosts of {cloud.PGPUS} pGPUs:')
    ratios = []
    for what, of in (
        ('first request', lambda seconds: seconds[0]),
        (f'median of {ROUNDS} requests', statistics.median),
    ):
        ours, theirs = of(asking.seconds[OURS]), of(asking.seconds[THEIRS])
        ratios.append(ours / theirs)
        print(
            f'{what:22} {ours:7.3f} s for GET {OURS}, {theirs:7.3f} s for GET '
            f'{THEIRS}: {ratios[-1]:.3f} x'
        )
    kept = max(ratios) <= BOUND
    print(f'{"At" if kept else "NOT at"} most {BOUND} x')
    return kept
