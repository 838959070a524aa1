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


"""What the books predict against what the simulator does."""

from hypothesis import given
from hypothesis import strategies as st
from oslotest import base

from nova_vgpu_ext.request import VGPURequest
from nova_vgpu_ext.sandbox.xapi import pools
from nova_vgpu_ext.sandbox.xapi import records
from nova_vgpu_ext.sandbox.xapi.failure import Failure
from nova_vgpu_ext.virt.xenapi import gpu_inventory
from tests.unit import strategies  # noqa: F401, its profile counts here

TYPES = {
    'S1': '0001:s,1',
    'S2': '0001:s,2',
    'S4': '0001:s,4',
    'Small passthrough': '0001:passthrough',
}
SMALL = {
    'vendor_id': '10de',
    'device_id': '1234',
    'vendor': 'NVIDIA Corporation',
    'device': 'GX [Small]',
    'pgpus': 3,
    'types': [
        {'name': 'S1', 'identifier': '0001:s,1', 'per_pgpu': 4, 'multi': True},
        {'name': 'S2', 'identifier': '0001:s,2', 'per_pgpu': 2, 'multi': True},
        {'name': 'S4', 'identifier': '0001:s,4', 'per_pgpu': 1},
    ],
}
ALGORITHMS = st.sampled_from(['depth_first', 'breadth_first'])
DISABLED = st.lists(
    st.sampled_from(['S1', 'S2', 'S4', 'passthrough']),
    unique=True,
    max_size=2,
)


@st.composite
def pool_files(draw):
    """Two hosts that share two groups of a card with three pGPUs."""
    return {
        'seed': draw(st.integers(1, 99)),
        'hosts': [
            {
                'name': name,
                'cards': [
                    {
                        'card': 'Small',
                        'pgpus': [
                            {
                                'group': draw(st.sampled_from('ab')),
                                'disabled': draw(DISABLED),
                            }
                            for _ in range(3)
                        ],
                    }
                ],
            }
            for name in ('h1', 'h2')
        ],
        'groups': {name: {'algorithm': draw(ALGORITHMS)} for name in 'ab'},
        'definitions': {'Small': SMALL},
    }


VGPUS = st.tuples(st.sampled_from(sorted(TYPES)), st.sampled_from('ab'))
EVENTS = st.lists(
    st.tuples(st.sampled_from(['h1', 'h1', 'h2']), VGPUS, st.booleans()),
    max_size=10,
)


class DirectSession:
    """A session.Session without a network."""

    def __init__(self, pool):
        self._pool = pool
        account = pool.settings.username, pool.settings.password
        self._session = pool.sessions.log_in(*account, pool.master)

    def call(self, method, *args):
        answer = self._pool.dispatcher.answer(
            method, (self._session, *args), self._pool.master
        )
        return answer['Value']


class Hosts:
    """A pool as an administrator sees it."""

    def __init__(self, content, events):
        self.pool = pools.parse(content)
        for host, vgpu, stops in events:
            vm = self.start(host, [vgpu])
            if vm and stops:
                self.pool.call('VM.hard_shutdown', vm)

    def ref(self, table, **fields):
        return self.pool.db.find(table, **fields)[0]

    def start(self, host, vgpus):
        """Reference of a new VM with (model, group) each; None if refused."""
        vm = self.pool.call('VM.create', records.vm('vm', 16))
        for number, (model, group) in enumerate(vgpus):
            self.pool.call(
                'VGPU.create',
                vm,
                self.ref('GPU_group', name_label=group),
                str(number),
                {},
                self.ref('VGPU_type', identifier=TYPES[model]),
            )
        host = self.ref('host', name_label=host)
        try:
            self.pool.call('VM.start_on', vm, host, False, False)
        except Failure:
            return None
        return vm

    def books(self):
        """The HostVGPUs of the first host."""
        host = self.ref('host', name_label='h1')
        session = DirectSession(self.pool)
        return gpu_inventory.GPUInventory(session, host, {}).host_vgpus(
            session.call('host.get_record', host)
        )

    def stop(self, vm):
        self.pool.call('VM.hard_shutdown', vm)

    def groups(self):
        rows = self.pool.db.tables['GPU_group'].values()
        return {row['uuid']: row['name_label'] for row in rows}


class PredictionTest(base.BaseTestCase):
    @given(pool_files(), EVENTS, st.sampled_from(sorted(TYPES)))
    def test_startable_is_exact(self, content, events, model):
        hosts = Hosts(content, events)
        books = hosts.books()
        starts = False
        for group in hosts.groups().values():
            vm = hosts.start('h1', [(model, group)])
            if vm:
                starts = True
                hosts.stop(vm)
        wanted = VGPURequest.of({model: 1})
        self.assertEqual(starts, books.startable(wanted))

    @given(
        pool_files(),
        EVENTS,
        st.sampled_from(['S1', 'S2']),
        st.integers(1, 3),
    )
    def test_what_fits_starts_where_it_should(
        self, content, events, model, count
    ):
        hosts = Hosts(content, events)
        wanted = VGPURequest.of({model: count})
        places = hosts.books().assignment('new', wanted)
        if places is None:
            return
        names = hosts.groups()
        started = hosts.start(
            'h1', [(model, names[group]) for _, group in places]
        )
        self.assertIsNotNone(started)
        there = hosts.books().residents
        self.assertLessEqual(count, len(there))

    @given(pool_files(), EVENTS, st.sampled_from(sorted(TYPES)))
    def test_as_many_start_as_are_free(self, content, events, model):
        hosts = Hosts(content, events)
        for _ in range(hosts.books().free.get(model, 0)):
            ((_, group),) = hosts.books().assignment(
                'new', VGPURequest.of({model: 1})
            )
            started = hosts.start('h1', [(model, hosts.groups()[group])])
            self.assertIsNotNone(started)
