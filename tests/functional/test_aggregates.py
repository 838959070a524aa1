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

"""Hosts with GPUs that are marked by aggregates and zones."""

from unittest import mock

from tests.functional import base

FILTERS = [*base.ENABLED_FILTERS, 'AggregateInstanceExtraSpecsFilter']
K260Q = 'GRID K260Q'
K200 = 'GRID K200'


class AggregatesTestCase(base.VGPUTestCase):
    """Nova's own filter looks at the aggregates."""

    def setUp(self):
        with mock.patch.object(base, 'ENABLED_FILTERS', FILTERS):
            super().setUp()

    def aggregate(self, *hosts, zone=None, **metadata):
        """Make one of some hosts, marked by its metadata."""
        name = '-'.join((*hosts, *metadata))
        aggregate = self._create_aggregate(name, zone)
        for host in hosts:
            self.api.add_host_to_aggregate(aggregate, host)
        if metadata:
            self.api.post_aggregate_action(
                aggregate, {'set_metadata': {'metadata': metadata}}
            )

    def hosts_of(self, servers):
        return {self.host_of(server) for server in servers}

    def is_short_of_vgpus(self, flavor, **kwargs):
        server = self.boot(flavor, 'ERROR', **kwargs)
        self.assertIn('not enough vGPUs', server['fault']['message'])


class MarkedHostsTest(AggregatesTestCase):
    """Hosts with GPUs, of which one is marked, and one marked without."""

    def setUp(self):
        super().setUp()
        self.start_host('marked', 'GRID K2')
        self.start_host('other', 'GRID K2')
        self.start_host('plain')
        self.aggregate('marked', 'plain', gpu='true')
        self.gpu = self.flavor(
            {
                'aggregate_instance_extra_specs:gpu': 'true',
                f'vgpus:{K260Q}': '1',
            }
        )

    def test_one_after_the_other(self):
        servers = [self.boot(self.gpu) for _ in range(4)]
        self.assertEqual({'marked'}, self.hosts_of(servers))
        self.is_short_of_vgpus(self.gpu)
        self.assertEqual(4, self.free('other', K260Q))

    def test_in_one_request(self):
        self.assertEqual(
            {'marked'}, self.hosts_of(self.boot_many(self.gpu, 4))
        )

    def test_forms_of_the_request(self):
        for spec, value in (
            (f'capabilities:vgpus:{K260Q}', '> 0'),
            ('resources:CUSTOM_VGPU_GRID_K260Q', '1'),
        ):
            flavor = self.flavor(
                {'aggregate_instance_extra_specs:gpu': 'true', spec: value}
            )
            self.assertEqual('marked', self.host_of(self.boot(flavor)))

    def test_flavor_without_the_mark(self):
        """It may use all hosts."""
        flavor = self.flavor({f'vgpus:{K260Q}': '4'})
        servers = [self.boot(flavor) for _ in range(2)]
        self.assertEqual({'marked', 'other'}, self.hosts_of(servers))

    def test_resize_to_the_marked_hosts(self):
        server = self.boot(
            self.flavor({f'vgpus:{K200}': '1'}), az='nova:other'
        )
        self._resize_server(server, self.gpu)
        self.assertEqual('marked', self.host_of(server))

    def test_kinds_of_gpus(self):
        """As the first specification wants for fast ones."""
        self.aggregate('other', gpu='fast')
        flavor = self.flavor(
            {
                'aggregate_instance_extra_specs:gpu': '<or> fast <or> faster',
                f'vgpus:{K260Q}': '1',
            }
        )
        self.assertEqual('other', self.host_of(self.boot(flavor)))


class ZonesTest(AggregatesTestCase):
    def setUp(self):
        super().setUp()
        self.start_host('h1', 'GRID K2')
        self.start_host('h2', 'GRID K2')
        self.start_host('plain')
        self.aggregate('h1', zone='gpus')
        self.aggregate('plain', zone='desks')
        self.all_four = self.flavor({f'vgpus:{K260Q}': '4'})

    def test_zone_is_kept_to(self):
        self.assertEqual(
            'h1', self.host_of(self.boot(self.all_four, az='gpus'))
        )
        self.is_short_of_vgpus(self.all_four, az='gpus')
        self.assertEqual(4, self.free('h2', K260Q))

    def test_zone_without_gpus(self):
        self.is_short_of_vgpus(self.all_four, az='desks')

    def test_any_zone(self):
        servers = [self.boot(self.all_four) for _ in range(2)]
        self.assertEqual({'h1', 'h2'}, self.hosts_of(servers))


class WeightTest(AggregatesTestCase):
    """How much VGPUWeigher counts, by aggregate."""

    def setUp(self):
        super().setUp()
        self.start_host('h1', 'GRID K2')
        self.start_host('h2', 'GRID K2')
        self.small = self.flavor({f'vgpus:{K200}': '1'})

    def test_one_host_is_filled_first(self):
        servers = [self.boot(self.small) for _ in range(4)]
        self.assertEqual(1, len(self.hosts_of(servers)))

    def test_turned_round(self):
        self.aggregate('h1', 'h2', vgpu_weight_multiplier='-1000')
        servers = [self.boot(self.small) for _ in range(2)]
        self.assertEqual({'h1', 'h2'}, self.hosts_of(servers))


class IsolationTest(AggregatesTestCase):
    """Nothing but GPU flavors on hosts with GPUs, by Nova's means."""

    def setUp(self):
        super().setUp()
        self.flags(enable_isolated_aggregate_filtering=True, group='scheduler')
        self.start_host('gpus', 'GRID K2')
        self.aggregate('gpus', **{'trait:CUSTOM_VGPU': 'required'})

    def test_plain_flavor(self):
        self.boot(self.flavor(), 'ERROR')
        self.start_host('plain')
        self.assertEqual('plain', self.host_of(self.boot(self.flavor())))

    def test_flavor_with_a_vgpu(self):
        """It must require the trait itself, or its image."""
        one = {f'vgpus:{K260Q}': '1'}
        self.boot(self.flavor(one), 'ERROR')
        required = self.flavor({**one, 'trait:CUSTOM_VGPU': 'required'})
        self.assertEqual('gpus', self.host_of(self.boot(required)))
        image = self._create_image({'trait:CUSTOM_VGPU': 'required'})
        self.boot(self.flavor(one), image_uuid=image['id'])
