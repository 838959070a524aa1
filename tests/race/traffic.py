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

"""Others who use Placement all the time.

    python -m tests.race.traffic DIR WRITES

It is another worker of Placement, in a process of its own, on the database
of a sandbox that runs in DIR. As many random consumers a second get a little
of a random provider, and then lose it again: it aims at twice as many writes
as are asked for, as it waits for others' at times. That goes on until standard
input ends; then it tells as JSON what it did.
"""

import contextlib
import json
import os
import random
import subprocess
import sys
import threading
import time
import uuid

import tests
from nova_vgpu_ext.sandbox import identity

_CONTAINED = (('MEMORY_MB', 8), ('DISK_GB', 1))
_HEADERS = {
    'X-Auth-Token': identity.TOKEN,
    'OpenStack-API-Version': 'placement 1.36',
}
_THREADS = 8


@contextlib.contextmanager
def running(layout, writes):
    """Have this going on; a dict that is filled in the end.

    It then has ``written`` and ``conflicts``, the numbers of allocations
    that were made or removed and of those refused, and ``seconds``.
    """
    environment = {**os.environ, 'PYTHONSAFEPATH': ''}
    process = subprocess.Popen(
        [
            *(sys.executable, '-W', 'ignore', '-m', 'tests.race.traffic'),
            *(str(layout.root), str(writes)),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=tests.ROOT,
        env=environment,
        text=True,
    )
    figures = {}
    try:
        process.stdout.readline()
        yield figures
    finally:
        told, _ = process.communicate()
    figures.update(json.loads(told))


class _Traffic:
    def __init__(self, app, writes):
        self.written = self.conflicts = 0
        self._app = app
        self._pause = _THREADS / writes
        self._stop = threading.Event()
        answer = self._call('GET', '/resource_providers').json
        self._providers = [one['uuid'] for one in answer['resource_providers']]

    def _call(self, method, path, body=None):
        import webob

        request = webob.Request.blank(path, method=method, headers=_HEADERS)
        request.accept = 'application/json'
        if body is not None:
            request.content_type = 'application/json'
            request.json = body
        return request.get_response(self._app)

    def run(self):
        """Write for a while; what it was, as a dict."""
        begun = time.monotonic()
        threads = [
            threading.Thread(target=self._write) for _ in range(_THREADS)
        ]
        for thread in threads:
            thread.start()
        sys.stdin.read()
        self._stop.set()
        for thread in threads:
            thread.join()
        return {
            'written': self.written,
            'conflicts': self.conflicts,
            'seconds': time.monotonic() - begun,
        }

    def _write(self):
        rng = random.Random()
        due = time.monotonic() + rng.random() * self._pause
        while not self._stop.wait(max(0, due - time.monotonic())):
            due += self._pause
            path = f'/allocations/{uuid.uuid4()}'
            body = _allocation(rng.choice(self._providers), rng)
            status = self._call('PUT', path, body).status_int
            self.written += status == 204
            self.conflicts += status == 409
            status = self._call('DELETE', path).status_int
            self.written += status == 204


def _allocation(provider, rng):
    name, most = rng.choice(_CONTAINED)
    amount = rng.randint(1, most)
    return {
        'allocations': {provider: {'resources': {name: amount}}},
        'project_id': 'others',
        'user_id': 'others',
        'consumer_generation': None,
    }


def main(root, writes):
    # Placement is loaded by this process alone, not by those who start it.
    from placement import wsgi

    from nova_vgpu_ext.sandbox import sqlite

    os.environ['OS_PLACEMENT_CONFIG_DIR'] = root
    sqlite.install()
    traffic = _Traffic(wsgi.init_application(), int(writes))
    print('Ready.', flush=True)
    print(json.dumps(traffic.run()))


if __name__ == '__main__':
    main(*sys.argv[1:])
