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

"""Audits, and restarts of nova-compute."""

import contextlib
from unittest import mock

from nova import objects
from nova.compute import resource_tracker as nova_tracker

from tests.life.transitions import after
from tests.life.transitions import transition


class Boom(Exception):
    """Something went wrong in the middle."""


@transition(when=after(3))
def audit(life):
    """The periodic run: what was counted stays where it was counted."""
    before, shaken = life.host.books.claims, life.is_shaken
    settled = not any(server.left for server in life.servers)
    life.audit()
    books = life.host.books
    if settled and not shaken:
        assert books.claims == before, 'an audit has moved claims'
    life.audit()
    assert life.host.books == books, 'two audits make two books'


def is_audited_slowly(life):
    return life.host.slow_audit is not None


def _may_begin(life):
    return after(2)(life) and not is_audited_slowly(life)


@transition(when=_may_begin)
def audit_begins(life):
    """It has its snapshot; other things happen before it goes on."""
    life.host.begin_audit()
    life.news = 0


@transition(when=lambda life: is_audited_slowly(life) and life.news > 2)
def audit_ends(life):
    life.host.end_audit()
    life.settle()


def _failing(target, name):
    return mock.patch.object(target, name, side_effect=Boom)


@contextlib.contextmanager
def _failing_at(nth):
    """Let the counting of one of the instances fail."""
    tracker = nova_tracker.ResourceTracker
    count, stock = tracker._update_usage, iter(range(nth))

    def fail(self, *args, **kwargs):
        if next(stock, None) is None:
            raise Boom
        count(self, *args, **kwargs)

    with mock.patch.object(tracker, '_update_usage', fail):
        yield


@transition(
    when=after(2), ends=('early', 'while counting', 'late', 'at the end')
)
def audit_fails(life):
    objects_of = objects.InstanceList, objects.MigrationList
    counted = any(server.held() for server in life.servers)
    where = life.choose(
        ['early', 'late', 'at the end'] + ['while counting'] * counted
    )
    failing = {
        'early': _failing(objects_of[0], 'get_by_host_and_node'),
        'while counting': _failing_at(life.choose([0, 1, 2])),
        'late': _failing(objects.ComputeNode, 'save'),
        'at the end': _failing(life.tracker, '_report_findings'),
    }[where]
    try:
        with failing:
            life.host.audit()
    except Boom:
        if where != 'at the end':
            return where
        life.host.has_audited()
    life.settle()
    return where if where == 'at the end' else None


@transition(when=after(4))
def restart(life):
    """A new process knows from the database what the old one knew."""
    life.audit()
    before = life.host.books
    counted = [server.held() for server in life.servers]
    coming = {
        server.uuid
        for server in life.servers
        if server.stage == 'coming alive: started'
    }
    life.restart()
    after = life.host.books
    if counted == [server.held() for server in life.servers]:
        assert after.claims == before.claims, 'a restart has moved claims'
    changed = {one.owner for one in {*after.residents} ^ {*before.residents}}
    # A migration to here that the restart interrupts is undone.
    assert changed <= coming, f'a restart has changed {changed}'


@transition(when=after(4))
def crash_and_restart(life):
    """The same without an audit just before."""
    life.restart()
