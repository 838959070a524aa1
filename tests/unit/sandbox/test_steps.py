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

import contextlib
import io
from unittest import mock

import ddt
import fixtures

from nova_vgpu_ext.sandbox import config
from nova_vgpu_ext.sandbox import look
from nova_vgpu_ext.sandbox import shell
from nova_vgpu_ext.sandbox import steps
from tests.unit.sandbox import base
from tests.unit.sandbox import fakes


class NoCoupling(fakes.FakeShell):
    """Counts models independently of each other."""

    def row(self, host, model):
        row = super().row(host, model)
        return row._replace(free=row.max - row.used)


class LeakingRelease(fakes.FakeShell):
    """Forgets to give back what a deleted instance had."""

    def server_delete(self, words):
        for number, name in enumerate(set(words) & set(self.servers)):
            server = self.servers.pop(name)
            if server['count']:
                self.servers[f'ghost-{number}'] = server

    def server_list(self, words):
        lines = super().server_list(words).splitlines()
        return '\n'.join(line for line in lines if 'ghost' not in line)


class Leftover(fakes.FakeShell):
    """Doesn't delete all instances."""

    def server_delete(self, words):
        super().server_delete(words[:2])


class Overcommit(fakes.FakeShell):
    """Always finds a host."""

    def place(self, model, count):
        return super().place(model, count) or 'gpu-k2-a'

    def pgpus(self, host):
        with contextlib.suppress(ValueError):
            return super().pgpus(host)
        return [['GRID K260Q'] * 2] * 2


class FalseRefusal(fakes.FakeShell):
    """Finds no host for the last one that would fit."""

    def place(self, model, count):
        host = super().place(model, count)
        return None if host == 'gpu-k2-b' else host


class PlainOnGPUs(fakes.FakeShell):
    """Puts instances without vGPUs anywhere."""

    def place(self, model, count):
        return super().place(model, count) if count else 'gpu-a16'


class NoReason(fakes.FakeShell):
    """Refuses without a word in the log."""

    def refuse(self, name, model):
        pass


class OtherFault(fakes.FakeShell):
    """Ends in ERROR for a reason of another kind."""

    def server_show(self, words):
        shown = super().server_show(words)
        if shown['fault']:
            shown['fault'] = {'message': 'Something broke.'}
        return shown


class OneOfTwo(fakes.FakeShell):
    """Gives one vGPU where two are asked for."""

    def server_create(self, words):
        super().server_create(words)
        for server in self.servers.values():
            server['count'] = min(server['count'], 1)


class StuckInBuild(fakes.FakeShell):
    """Never gets ready."""

    def server_show(self, words):
        return {**super().server_show(words), 'status': 'BUILD'}


class TwoWholes(fakes.FakeShell):
    """Takes two pGPUs where one is asked for."""

    def server_create(self, words):
        super().server_create(words)
        for server in self.servers.values():
            if server['model'] == fakes.WHOLE:
                server['count'] = 2


class MissingCard(fakes.FakeShell):
    """Has lost a card."""

    def capacity(self, host=None):
        rows = super().capacity(host)
        return {key: row for key, row in rows.items() if 'k2-b' not in key[0]}


class UsedAtStart(fakes.FakeShell):
    """Has an instance of somebody else's."""

    def __init__(self, layout):
        super().__init__(layout)
        self.servers['x'] = {
            'host': 'gpu-a16',
            'model': steps.PAIR,
            'count': 1,
        }


@ddt.ddt
class StepsTest(base.SandboxTestCase):
    def setUp(self):
        super().setUp()
        config.write(self.layout, 'http://127.0.0.1:1', base.FAKE_DRIVER)
        eventually = shell.eventually
        self.useFixture(
            fixtures.MonkeyPatch(
                'nova_vgpu_ext.sandbox.shell.eventually',
                lambda look, pause=0: eventually(look, seconds=-1),
            )
        )

    def play(self, fake):
        """What is printed, step by step."""
        self.useFixture(
            fixtures.MonkeyPatch('nova_vgpu_ext.sandbox.shell.Shell', fake)
        )
        with contextlib.redirect_stdout(io.StringIO()) as output:
            for title, step in steps.Steps(self.layout).all():
                self.title = title
                step()
        return output.getvalue()

    def test_right_cloud(self):
        output = self.play(fakes.FakeShell)
        self.assertIn('not enough vGPUs: 1 x GRID K260Q', output)
        self.assertIn('enabled_filters = ', output)
        self.assertIn('GRID K260Q: 3 free before, 1 now', output)

    @ddt.data(
        (MissingCard, 'What', '16 free, not None'),
        (UsedAtStart, 'What', 'Nothing should be in use'),
        (StuckInBuild, '(a)', 'first should be built'),
        (OneOfTwo, '(b)', '2 NVIDIA A16-16Q should be used'),
        (NoCoupling, '(c)', 'not Row'),
        (FalseRefusal, '(d)', 'All instances should be ACTIVE'),
        (Overcommit, '(e)', 'no valid host, not ACTIVE'),
        (OtherFault, '(e)', 'with the fault Something broke.'),
        (NoReason, '(e)', 'should name GRID K260Q'),
        (LeakingRelease, '(f)', 'should be free on'),
        (PlainOnGPUs, '(g)', 'on plain, not ACTIVE on gpu-a16'),
        (TwoWholes, 'A whole', f'1 {fakes.WHOLE} should be used'),
        (Leftover, '(h)', 'No instance should be left'),
    )
    @ddt.unpack
    def test_wrong_cloud(self, fake, step, sentence):
        error = self.assertRaises(shell.StepFailed, self.play, fake)
        self.assertTrue(self.title.startswith(step), self.title)
        self.assertIn(sentence, str(error))

    def test_hypervisor_is_looked_at(self):
        xenserver = mock.Mock()
        with mock.patch.object(look, 'at', return_value=xenserver):
            self.play(fakes.FakeShell)
        (instances,) = xenserver.show.call_args.args
        seen = {i.name: (i.host, i.models) for i in instances.values()}
        self.assertEqual(('gpu-a16', [steps.PAIR, steps.PAIR]), seen['twins'])
        self.assertEqual(('gpu-a16', [fakes.WHOLE]), seen['workstation'])
        self.assertEqual(('plain', []), seen['office'])
        self.assertIn('id-of-first', instances)
        self.assertNotIn('one-too-many', seen)
        self.assertNotIn('many-1', seen)
        xenserver.expect_nothing_left.assert_called_once_with()

    def test_hypervisor_says_something_else(self):
        xenserver = mock.Mock()
        xenserver.show.side_effect = shell.StepFailed('It differs.')
        with mock.patch.object(look, 'at', return_value=xenserver):
            error = self.assertRaises(
                shell.StepFailed, self.play, fakes.FakeShell
            )
        self.assertEqual('It differs.', str(error))
        self.assertTrue(self.title.startswith('What the hypervisor'))

    def test_capacity_differs_at_the_end(self):
        class Lost(fakes.FakeShell):
            def capacity(self, host=None):
                rows = super().capacity(host)
                if self.flavors and not self.servers:
                    rows.popitem()
                return rows

        error = self.assertRaises(shell.StepFailed, self.play, Lost)
        self.assertIn('should be as at the start', str(error))

    def test_a_filter_is_missing(self):
        text = self.layout.nova_conf.read_text()
        text = text.replace(',ComputeCapabilitiesFilter', '')
        self.layout.nova_conf.write_text(text)
        error = self.assertRaises(shell.StepFailed, self.play, fakes.FakeShell)
        self.assertIn('should all be enabled', str(error))

    def test_steps_are_lettered(self):
        titles = [title for title, _ in steps.Steps(self.layout).all()]
        letters = ''.join(t[1] for t in titles if t.startswith('('))
        self.assertEqual('abcdefgh', letters)
