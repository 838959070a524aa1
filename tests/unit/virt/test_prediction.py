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

"""What the books predict against what the fake hypervisor does."""

import itertools

from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nova_vgpu_ext.request import VGPURequest
from nova_vgpu_ext.virt import fake_hypervisor
from nova_vgpu_ext.virt import fake_inventory
from tests.unit.virt import base

HOST = """
    cards:
      - {{card: Small, count: 2, group: a}}
      - {{card: Made-Up Mixed-24, group: b}}
    groups:
      a: {{algorithm: {0}}}
      b: {{algorithm: {1}}}
    definitions:
      Small:
        models: [{{name: S1, limit: 4}}, {{name: S2, limit: 2}}]
"""
ALGORITHMS = ('depth_first', 'breadth_first')
PLACES = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(
                ['0001:Small,S1', '0001:Small,S2', '0001:passthrough,Small']
            ),
            st.just('a'),
        ),
        st.tuples(
            st.sampled_from(
                [base.mixed(size) for size in ('4', '8', '12', 'desktop')]
            ),
            st.just('b'),
        ),
    ),
    min_size=1,
    max_size=3,
)
HOSTS = (
    st.tuples(st.sampled_from(ALGORITHMS), st.sampled_from(ALGORITHMS)),
    st.integers(0, 99),
    st.lists(PLACES, max_size=10),
    st.sets(st.integers(0, 9)),
)
thorough = settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck)
)
NAMES = ('S1', 'S2', 'Mixed 24-4', 'Mixed 24-8', 'Mixed 24-12', 'passthrough')


class PredictionTest(base.FakeHostTestCase):
    """One class of hosts: two kinds of cards, every mix of algorithms."""

    counter = itertools.count()

    def host(self, algorithms, seed, vms, stopped):
        """A host on which VMs were started, and some stopped again."""
        host = self.hypervisor(
            HOST.format(*algorithms), seed, host=f'{next(self.counter)}'
        )
        for number, places in enumerate(vms):
            try:
                host.start_vm(f'{number}', places)
            except fake_hypervisor.NoRoom:
                continue
        for number in stopped:
            if f'{number}' in host.vms:
                host.destroy_vm(f'{number}')
        return host

    def place(self, host, name):
        """(type identifier, group id) of a model of this host."""
        (found,) = (one for one in host.types if one.name == name)
        return found.identifier, 'b' if 'Mixed' in name else 'a'

    @thorough
    @given(
        *HOSTS,
        st.dictionaries(
            st.sampled_from(NAMES), st.integers(1, 3), min_size=1, max_size=2
        ),
        st.integers(0, 9),
    )
    def test_what_fits_starts(self, algorithms, seed, vms, stopped, ask, tie):
        host = self.host(algorithms, seed, vms, stopped)
        books = fake_inventory.host_vgpus(host)
        request = VGPURequest.of(ask)
        if books.fits(request):
            host.random.seed(tie)
            host.start_vm('new', books.assignment('new', request))

    @thorough
    @given(*HOSTS, st.sampled_from(['S1', 'S2', 'Mixed 24-4', 'Mixed 24-8']))
    def test_startable_is_exact_for_one(
        self, algorithms, seed, vms, stopped, name
    ):
        host = self.host(algorithms, seed, vms, stopped)
        books = fake_inventory.host_vgpus(host)
        place = self.place(host, name)
        try:
            host.start_vm('new', [place])
            starts = True
        except fake_hypervisor.NoRoom:
            starts = False
        self.assertEqual(starts, books.startable(VGPURequest.of({name: 1})))

    @thorough
    @given(*HOSTS, st.sampled_from(['S1', 'S2', 'Mixed 24-4', 'Mixed 24-8']))
    def test_as_many_start_as_are_free(
        self, algorithms, seed, vms, stopped, name
    ):
        host = self.host(algorithms, seed, vms, stopped)
        free = fake_inventory.host_vgpus(host).free[name]
        place = self.place(host, name)
        for number in range(free):
            host.start_vm(f'new-{number}', [place])
