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

"""Reading the log of a cloud, while it grows and afterwards."""

import json
import threading
import time

_PAUSE = 0.05
_ACTIVE = 'active'
_ERROR = 'error'
_CHANGES = ('claimed', 'released', 'start', 'destroy')


def path(layout):
    """Of the log, beside the other files of a sandbox."""
    return layout.root / 'race.jsonl'


class Journal:
    """All that has happened so far in a cloud, for many threads.

    :ivar events: dicts, in their order
    """

    def __init__(self, layout):
        self.events = []
        self._ended = {}
        self._gone = {}
        self._changed = 0
        self._news = threading.Condition()
        self._stop = threading.Event()
        self._path = path(layout)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _run(self):
        with open(self._path) as file:
            rest = ''
            while not self._stop.is_set():
                *lines, rest = (rest + file.read()).split('\n')
                if lines:
                    self._take([json.loads(line) for line in lines])
                else:
                    time.sleep(_PAUSE)

    def _take(self, events):
        with self._news:
            for event in events:
                if event['event'] == 'deleted':
                    self._gone[event['vm']] = event
                elif event['event'] in _CHANGES:
                    self._changed = event['at']
                elif event.get('state') in (_ACTIVE, _ERROR):
                    self._ended[event['vm']] = event
            self.events.extend(events)
            self._news.notify_all()

    def end_of_boot(self, vm, seconds):
        """(time, whether it is active) of a boot's end.

        :raises TimeoutError: it doesn't end
        """
        event = self._wait(self._ended, vm, seconds)
        return event['at'], event['state'] == _ACTIVE

    def wait_deleted(self, vm, seconds):
        """:raises TimeoutError: the instance isn't deleted"""
        self._wait(self._gone, vm, seconds)

    def _wait(self, where, vm, seconds):
        with self._news:
            if not self._news.wait_for(lambda: vm in where, seconds):
                raise TimeoutError(f'{vm} had no end after {seconds} s.')
            return where[vm]

    def last_change(self):
        """When a claim, or what a hypervisor runs, last changed."""
        with self._news:
            return self._changed
