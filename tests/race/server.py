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

"""The cloud of a race: a sandbox with several schedulers, and a log.

    python -m tests.race.server SCHEDULERS --dir DIR

All services are in this one process, as in any sandbox. Each scheduler is a
service of its own with a host manager of its own, which reads the hosts'
books from the database, and with threads of its own; all take from the one
topic of the message broker. So what a scheduler knows is as old as its read
of the database, and what another has chosen meanwhile, or what is on its way
to a compute, it doesn't know.
"""

import argparse
import json
import os

from futurist import _thread

from nova_vgpu_ext.sandbox import cloud as clouds
from nova_vgpu_ext.sandbox import httpd
from nova_vgpu_ext.sandbox import hypervisors
from nova_vgpu_ext.sandbox import up
from tests.race import journal
from tests.race import recorder

# Each client's request needs some more, of which none may have to wait for
# the thread of a client.
_HTTP_THREADS = 60

_SCHEDULER = 'nova-scheduler'

# Seconds, after which a thread that has nothing to do looks whether it is to
# end. There are hundreds of them.
_PATIENCE = 5


class RaceCloud(clouds.Cloud):
    """A sandbox's cloud with several schedulers."""

    schedulers = 1

    def __init__(self, layout, *args):
        super().__init__(layout, *args)
        self._recorder = recorder.Recorder(journal.path(layout))

    def stages(self):
        for title, function in super().stages():
            if title == _SCHEDULER:
                for number in range(1, self.schedulers + 1):
                    name = f'{title} {number}'
                    yield name, lambda n=number: self._scheduler(n)
            else:
                yield title, function
            if title == 'configuration':
                yield 'log', self._recorder.install
        self._server.mount('books', self._books)

    def _scheduler(self, number):
        from nova import service

        made = service.Service.create(
            host=f'{clouds.CONTROLLER}-{number}',
            binary=_SCHEDULER,
            topic='scheduler',
        )
        self._recorder.watch_scheduler(number, made.manager)
        self._services.append(made)
        made.start()

    def _placement(self):
        super()._placement()
        app = self._server._apps['placement']
        self._server.mount('placement', self._recorder.watch_placement(app))

    def _books(self, environ, start_response):
        """What the resource trackers know: {host: {key: free}}."""
        books = {}
        for one in self._services:
            tracker = getattr(one.manager, 'rt', None)
            for node in tracker.compute_nodes.values() if tracker else ():
                known = tracker.vgpu_books(node.hypervisor_hostname)
                books[tracker.host] = {
                    key: known.free_of(key)
                    for identifier in known.most
                    for key in known.names.keys_of(identifier)
                }
        start_response('200 OK', [('Content-Type', 'application/json')])
        return [json.dumps(books).encode()]


def main():
    parser = argparse.ArgumentParser(prog='python -m tests.race.server')
    parser.add_argument('schedulers', type=int)
    parser.add_argument('--dir', required=True)
    options = parser.parse_args()
    # For Nova's test fixtures; the sandbox has a paste file of its own.
    os.environ.pop('OS_WSGI__API_PASTE_CONFIG', None)
    RaceCloud.schedulers = options.schedulers
    clouds.Cloud = RaceCloud
    httpd.THREADS = _HTTP_THREADS
    _thread.ThreadWorker.MAX_IDLE_FOR = _PATIENCE
    options.driver = hypervisors.FAKE
    options.port = 0
    options.hosts = None  # those that the directory already has
    options.stop_with_stdin = True
    up.run(options)


if __name__ == '__main__':
    main()
