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

"""What the books say during and after a storm, and the hypervisors."""

import contextlib
import json
import sqlite3
import subprocess
import threading

from nova_vgpu_ext import capacity
from nova_vgpu_ext.sandbox import look
from nova_vgpu_ext.sandbox import requirements
from nova_vgpu_ext.sandbox import shell
from nova_vgpu_ext.virt import fake_cards
from nova_vgpu_ext.virt import fake_state

_SAMPLE_SECONDS = 0.5
_QUERY = 'SELECT host, vgpus FROM compute_nodes WHERE deleted = 0'


def managed(layout, *arguments):
    """Run ``nova-vgpu-manage``; (exit status, what its JSON says)."""
    done = subprocess.run(
        [
            requirements.program('nova-vgpu-manage'),
            *('--config-file', str(layout.nova_conf), *arguments),
            *('-f', 'json'),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.returncode, json.loads(done.stdout or '[]')


def capacities(layout):
    """{(host, model): shell.Row}, as ``capacity list`` shows them.

    :raises StepFailed: its exit status isn't 0
    """
    status, lines = managed(layout, 'capacity', 'list')
    shell.expect(status == 0, f'`capacity list` ended with status {status}.')
    return {
        (line['host'], line['model']): shell.Row(
            line['max'], line['used'], line['free']
        )
        for line in lines
    }


def held(layout, xenserver):
    """A sorted list of look.Held that the hypervisors have.

    :param xenserver: the look.XenServer, None with the fake driver
    """
    if xenserver is not None:
        return look.held(xenserver.records())
    return sorted(
        look.Held(vm.uuid, cards.types[identifier].name, pgpu, host)
        for host, cards, vm in _fake_vms(layout)
        for identifier, pgpu in vm.vgpus
    )


def left_over(layout, xenserver):
    """:raises StepFailed: there is anything on the hypervisors"""
    if xenserver is not None:
        xenserver.expect_nothing_left()
        return
    vms = [f'{vm.uuid} on {host}' for host, _, vm in _fake_vms(layout)]
    shell.expect(not vms, f'No VM should be left, but there is {vms}.')


def _fake_vms(layout):
    """(host, its cards, VM) of each VM of the fake hypervisors."""
    for path in sorted(layout.state.glob('fake-vgpus-*.json')):
        host = path.stem.removeprefix('fake-vgpus-')
        cards = fake_cards.load(layout.cards(host))
        for vm in fake_state.StateFile(path).read().vms.values():
            yield host, cards, vm


class Watch:
    """Looks again and again whether any counts are impossible.

    :ivar samples: how many times it has looked
    :ivar wrong: sentences
    """

    def __init__(self, layout):
        self.samples = 0
        self.wrong = set()
        self._path = layout.database('cell1').removeprefix('sqlite:///')
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()

    def _run(self):
        with contextlib.closing(sqlite3.connect(self._path)) as connection:
            while not self._end.wait(_SAMPLE_SECONDS):
                for host, text in connection.execute(_QUERY).fetchall():
                    if text is not None:
                        state = capacity.HostVGPUs.from_json(text)
                        self.wrong.update(_impossible(host, state.rows))
                self.samples += 1


def _impossible(host, rows):
    """Sentences about counts that no host can have."""
    for row in rows:
        if not 0 <= row.used <= row.max or not 0 <= row.free <= row.max:
            yield f'{host} had at some time: {row}.'
