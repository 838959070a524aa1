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

"""Explain says that a flavor fits exactly where a boot succeeds.

Clouds are drawn that are short of nothing but vGPUs. A boot is forced to a
host in two ways: by the name of the host, which passes the filters, and by
its availability zone, which passes none, so that it is the claim that says
yes or no.
"""

import collections
import itertools

import hypothesis
from hypothesis import strategies as st

from tests.functional.api import base
from tests.unit import strategies

# Each example boots a dozen servers.
EXAMPLES = 50 if strategies.PROFILE == 'long' else 4

MODELS = {
    'GRID K1': ('GRID K100', 'GRID K140Q', 'GRID K180Q'),
    'GRID K2': ('GRID K200', 'GRID K240Q', 'GRID K260Q'),
    'Made-Up Mixed-24': ('Mixed 24-4', 'Mixed 24-8', 'Mixed 24-Desktop'),
}
CARDS = st.lists(st.sampled_from(sorted(MODELS)), min_size=1, max_size=2)
NAMES = st.sampled_from([*itertools.chain(*MODELS.values()), 'passthrough'])
WANTED = st.dictionaries(NAMES, st.integers(1, 4), max_size=2)
FIRST = '0000:01:00.0'  # the pGPU that each host has


@st.composite
def hosts(draw):
    """(cards, options of the host)"""
    cards = draw(CARDS)
    options = {
        'reserved_pgpus': draw(st.sampled_from([[], [], [FIRST]])),
        'enabled_models': draw(st.sampled_from([[], [], MODELS[cards[0]]])),
    }
    return cards, options


@st.composite
def instances(draw):
    """(what it has, number of its host, whether it is stopped)"""
    return draw(WANTED), draw(st.integers(0, 2)), draw(st.booleans())


class ExplainBootsTest(base.APITestCase):
    def setUp(self):
        super().setUp()
        self.numbers = itertools.count()
        self.outcomes = collections.Counter()

    def test_fits_exactly_where_a_boot_succeeds(self):
        checked = hypothesis.given(
            st.lists(hosts(), min_size=1, max_size=3),
            st.lists(instances(), max_size=5),
            st.lists(WANTED, min_size=1, max_size=3),
        )(self.check_cloud)
        hypothesis.settings(
            max_examples=EXAMPLES,
            # A smaller cloud that fails as well would take many minutes.
            phases=[hypothesis.Phase.generate],
        )(checked)()
        # Of each kind, so that the test has tested something.
        self.assertEqual(4, len(self.outcomes), self.outcomes)

    def check_cloud(self, drawn, instances, flavors):
        cloud = next(self.numbers)
        names = []
        for number, (cards, options) in enumerate(drawn):
            names.append(f'c{cloud}h{number}')
            self.start_host(names[-1], *cards, **options)
        servers = [
            self.make(names[number % len(names)], wanted, stopped)
            for wanted, number, stopped in instances
        ]
        for wanted in flavors:
            self.check_flavor(self.flavor_of(wanted), names)
        for server in servers:
            self._delete_server(server)
        for name in names:
            self.computes.pop(name).stop()

    def flavor_of(self, wanted):
        counts = {f'vgpus:{name}': str(n) for name, n in wanted.items()}
        # By chance, hypothesis would give all of them the same name.
        return self.flavor(counts, name=f'flavor {next(self.numbers)}')

    def make(self, host, wanted, stopped):
        """An instance; where it doesn't fit, one in ERROR."""
        server = self.place(self.flavor_of(wanted), host=host)
        if stopped and server['status'] == 'ACTIVE':
            self.api.post_server_action(server['id'], {'os-stop': {}})
            self._wait_for_state_change(server, 'SHUTOFF')
        return server

    def place(self, flavor, **where):
        """A new server, once it is known whether it gets its place."""
        body = self._build_server(flavor_id=flavor, networks='none', **where)
        server = self.api.post_server({'server': body})

        def look():
            found = self.api.get_server(server['id'])
            self.assertIn(found['status'], ('ACTIVE', 'ERROR'))
            return found

        return self.in_time(look, 60)

    def check_flavor(self, flavor, hosts):
        for host, forced in itertools.product(hosts, ('host', 'az')):
            reason = self.fits(flavor, host=host)[host]
            place = host if forced == 'host' else f'nova:{host}'
            server = self.place(flavor, **{forced: place})
            self.assertEqual(
                'ERROR' if reason else 'ACTIVE',
                server['status'],
                (forced, reason),
            )
            self.outcomes[forced, reason is None] += 1
            self._delete_server(server)
            self.assert_placement(host)
