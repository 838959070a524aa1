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

"""What the demo shows, step by step, and how it is checked."""

from nova_vgpu_ext.sandbox import evidence
from nova_vgpu_ext.sandbox import look
from nova_vgpu_ext.sandbox import shell as shells
from nova_vgpu_ext.sandbox import user as users
from nova_vgpu_ext.sandbox.shell import expect

K2_HOSTS = ('gpu-k2-a', 'gpu-k2-b')
A16_HOST = 'gpu-a16'
PLAIN_HOST = 'plain'

# The models of a GRID K2, and how many of each one of its pGPUs takes.
SMALL = 'GRID K200'
LARGE = 'GRID K260Q'
K2_MODELS = {
    SMALL: 8,
    'GRID K240Q': 4,
    LARGE: 2,
    'GRID K2 passthrough': 1,
}
PAIR = 'NVIDIA A16-16Q'
WHOLE = ' passthrough'

# Two cards of two pGPUs each, less the pGPU that the small model takes
# away, and less the vGPU that has been given out by then.
ROOM = 4 * K2_MODELS[LARGE] - K2_MODELS[LARGE] - 1

# Between looks at what the books in the database say, which are late.
LOOK_SECONDS = 1

FILTERS = {'ComputeCapabilitiesFilter', 'VGPUCapacityFilter'}


class Steps:
    """The steps; each builds on those before it."""

    def __init__(self, layout):
        """:param layout: of a running sandbox that nobody has used yet"""
        self._layout = layout
        self._shell = shells.Shell(layout)
        self._user = users.User(self._shell)
        # None where the hypervisor is a fake one.
        self._xenserver = look.at(layout)
        # {name of a flavor: the models of its vGPUs}
        self._models = {}
        self._at_start = {}
        # {(host, model): Row}, as last shown
        self._shown = {}

    def all(self):
        """(title, function) of each step, in order."""
        return (
            (
                'What there is. A card has several pGPUs (a GRID K2 has two), '
                'and each holds vGPUs of one model at a time',
                self.start,
            ),
            (
                '(a) A flavor that asks by a capability, which a filter of '
                "Nova's own reads too",
                self.capability,
            ),
            ('(b) A flavor with two vGPUs', self.two),
            (
                '(c) A small model takes a pGPU away from the large ones',
                self.coupled,
            ),
            ('(d) Several instances at once, as many as fit', self.several),
            ('(e) One more has no valid host', self.one_too_many),
            ('(f) After one is deleted, the next has room', self.again),
            ('(g) An instance without vGPUs keeps off the GPUs', self.plain),
            ('A whole GPU, passed through', self.whole),
            *self._looks(),
            ('(h) After all are deleted, all is free again', self.end),
        )

    def _looks(self):
        if self._xenserver is None:
            return ()
        title = 'What the hypervisor says that each instance has, and where'
        return ((title, self.look),)

    def start(self):
        """See that all GPUs are there, and none in use."""
        self._at_start = self._capacity()
        for host in K2_HOSTS:
            for model, most in K2_MODELS.items():
                self._expect_row(host, model, used=0, free=2 * most)
        used = [key for key, row in self._at_start.items() if row.used]
        expect(not used, f'Nothing should be in use, but {used} are.')

    def capability(self):
        """Boot by ``capabilities:vgpus:<model>``, which one of Nova's own
        filters reads as well.
        """
        filters = evidence.enabled_filters(self._layout)
        print(f'\nFrom nova.conf:\nenabled_filters = {",".join(filters)}')
        expect(
            FILTERS.issubset(filters),
            f'{sorted(FILTERS)} should all be enabled.',
        )
        self._make('spec', [LARGE], f'capabilities:vgpus:{LARGE}=> 0')
        host = self._user.boot('first', 'spec', K2_HOSTS)
        self._capacity(host)
        self._expect_row(host, LARGE, used=1, free=2 * K2_MODELS[LARGE] - 1)

    def two(self):
        """Boot by ``vgpus:<model>=2``."""
        self._make('pair', [PAIR, PAIR], f'vgpus:{PAIR}=2')
        host = self._user.boot('twins', 'pair', [A16_HOST])
        self._capacity(host)
        self._expect_row(host, PAIR, used=2, free=2)

    def coupled(self):
        """Boot a small model, and see at once that a whole pGPU is lost to
        all the other models.
        """
        self._make('small', [SMALL], f'vgpus:{SMALL}=1')
        host = self._user.boot('little', 'small', K2_HOSTS)
        before = {model: self._shown[host, model] for model in K2_MODELS}
        self._capacity(host)
        for model, most in K2_MODELS.items():
            taken, lost = (1, 1) if model == SMALL else (0, most)
            row, now = before[model], self._shown[host, model]
            print(f'{model}: {row.free} free before, {now.free} now')
            self._expect_row(
                host, model, used=row.used + taken, free=row.free - lost
            )

    def several(self):
        """Boot as many as there is room for, by one request."""
        room = sum(self._shown[host, LARGE].free for host in K2_HOSTS)
        expect(
            room == ROOM, f'There should be room for {ROOM}, not for {room}.'
        )
        self._user.boot_several('many', 'spec', room)
        self._capacity()
        rows = [self._shown[host, LARGE] for host in K2_HOSTS]
        used = sum(row.used for row in rows)
        free = sum(row.free for row in rows)
        expect(
            (used, free) == (room + 1, 0),
            f'{room + 1} {LARGE} should be used and 0 free, not {used} and '
            f'{free}.',
        )

    def one_too_many(self):
        """Boot one more, and read why there is no host for it."""
        self._make('large', [LARGE], f'vgpus:{LARGE}=1')
        instance = self._user.boot_in_vain('one-too-many', 'large')
        reasons = evidence.scheduler_log(self._layout, instance)
        print("\nThe reason, from the scheduler's log:", *reasons, sep='\n')
        expect(
            any(LARGE in reason for reason in reasons),
            f"The scheduler's log should name {LARGE} for {instance}.",
        )

    def again(self):
        """Delete one instance and boot another in its place."""
        host = self._user.delete_one('many-1')
        shells.eventually(lambda: self._expect_one_free(host))
        self._user.boot('another', 'spec', [host])

    def plain(self):
        """Boot without vGPUs, while a host with GPUs has room, too."""
        self._make('plain', [])
        self._user.boot('office', 'plain', [PLAIN_HOST])

    def whole(self):
        """Boot by the model that is a card's pGPU as it is."""
        (model,) = (
            model
            for host, model in self._at_start
            if host == A16_HOST and model.endswith(WHOLE)
        )
        self._make('whole', [model], f'vgpus:{model}=1')
        host = self._user.boot('workstation', 'whole', [A16_HOST])
        self._capacity(host)
        # Of four pGPUs, another instance has two.
        self._expect_row(host, model, used=1, free=1)
        self._expect_row(host, PAIR, used=2, free=1)

    def look(self):
        """Ask XenServer itself, and compare what it says with the books."""
        instances = {
            uuid: look.Instance(name, host, self._models[flavor])
            for uuid, name, host, flavor in self._user.running()
        }
        shells.eventually(
            lambda: self._xenserver.show(instances), pause=LOOK_SECONDS
        )

    def end(self):
        """Delete everything, and see that nothing is left over."""
        self._user.delete_all()
        shells.eventually(self._user.expect_none_left)
        shells.eventually(self._expect_as_at_start)
        if self._xenserver is not None:
            self._xenserver.expect_nothing_left()

    def _make(self, flavor, models, *extra_specs):
        self._user.make_flavor(flavor, *extra_specs)
        self._models[flavor] = models

    def _capacity(self, host=None):
        rows = self._shell.capacity(host)
        self._shown.update(rows)
        return rows

    def _expect_one_free(self, host):
        self._capacity(host)
        free = self._shown[host, LARGE].free
        expect(free == 1, f'1 {LARGE} should be free on {host}, not {free}.')

    def _expect_as_at_start(self):
        now = self._capacity()
        changed = set(now.items()) ^ set(self._at_start.items())
        expect(
            not changed,
            f'The capacity should be as at the start; these differ: '
            f'{sorted(changed)}.',
        )

    def _expect_row(self, host, model, used, free):
        row = self._shown.get((host, model))
        expect(
            row is not None and (row.used, row.free) == (used, free),
            f'{used} {model} should be used on {host} and {free} free, not '
            f'{row}.',
        )
