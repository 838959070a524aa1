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

"""VGPUWeigher, beside all of Nova's weighers and Nova's arithmetic."""

import random
from unittest import mock

import ddt
from nova import objects
from nova import test
from nova.scheduler import weights as nova_weights

from nova_vgpu_ext import capacity
from nova_vgpu_ext.scheduler import weights
from tests.unit import factories
from tests.unit.scheduler import base

MUCH = {'free_ram_mb': 512000, 'vcpus_total': 256, 'free_disk_mb': 10**7}
STARTED = (factories.resident('g-0'),)


def _full():
    return [
        factories.resident(pgpu, factories.WHOLE) for pgpu in ('g-0', 'g-1')
    ]


class WeigherTestCase(test.NoDBTestCase):
    def setUp(self):
        super().setUp()
        # Nova's tests switch this one off.
        self.flags(
            build_failure_weight_multiplier=1000000.0, group='filter_scheduler'
        )

    def order(self, hosts, extra_specs=None):
        """Names of the hosts as Nova would try them."""
        handler = nova_weights.HostWeightHandler()
        weighers = [
            weigher()
            for weigher in (*nova_weights.all_weighers(), weights.VGPUWeigher)
        ]
        spec = base.request_spec(extra_specs, instance_group=None)
        weighed = handler.get_weighed_objects(weighers, list(hosts), spec)
        return [one.obj.host for one in weighed]

    def best(self, hosts, extra_specs=None):
        return self.order(hosts, extra_specs)[0]


@ddt.ddt
class WithVGPUsTest(WeigherTestCase):
    @ddt.data(*range(3))
    def test_fills_started_pgpus_first_across_hosts(self, seed):
        hosts = [
            base.gpu_host('empty-a', **MUCH),
            base.gpu_host('started', STARTED),
            base.gpu_host('empty-b', **MUCH),
        ]
        random.Random(seed).shuffle(hosts)
        self.assertEqual('started', self.best(hosts, base.ONE_SMALL))

    def test_keeps_the_larger_models_possible(self):
        """On c, a small one takes a passthrough away, on b a half one."""
        hosts = [
            base.gpu_host('c', **MUCH),
            base.gpu_host('b', [factories.resident('g-0', factories.HALF)]),
            base.gpu_host('a', [factories.resident('g-0', factories.WHOLE)]),
        ]
        self.assertEqual('b', self.best(hosts, {'vgpus:GRID half': '1'}))

    def test_wants_no_card_with_more_than_is_asked(self):
        """An empty pGPU of a kind that offers fewer models is lost cheaper."""
        models = (factories.SMALL,)
        hosts = [
            base.gpu_host('all models', **MUCH),
            base.host('small only', factories.host(models=models)),
        ]
        self.assertEqual('small only', self.best(hosts, base.ONE_SMALL))

    def test_cpus_and_memory_decide_where_gpus_tie(self):
        hosts = [
            base.gpu_host('fewer cpus', vcpus_total=8),
            base.gpu_host('more', vcpus_total=16, free_ram_mb=2048),
            base.gpu_host('less memory', vcpus_total=16, free_ram_mb=1024),
        ]
        self.assertEqual(
            ['more', 'less memory', 'fewer cpus'],
            self.order(hosts, base.ONE_SMALL),
        )

    def test_gpus_win_however_many_hosts_there_are(self):
        """A tie of many must not turn one step into next to nothing."""
        hosts = [
            base.gpu_host(f'empty-{n}', free_ram_mb=10**6 + n, vcpus_total=999)
            for n in range(1200)
        ]
        hosts.append(base.gpu_host('started', STARTED))
        self.assertEqual('started', self.best(hosts, base.ONE_SMALL))

    def test_failed_builds_win_over_gpus(self):
        hosts = [
            base.gpu_host('fails', STARTED, failed_builds=1),
            base.gpu_host('works', failed_builds=0),
        ]
        self.assertEqual('works', self.best(hosts, base.ONE_SMALL))

    def test_where_nothing_fits_is_last(self):
        hosts = [
            base.host('no gpus', **MUCH),
            base.gpu_host('full', _full(), **MUCH),
            base.gpu_host('empty'),
        ]
        self.assertEqual('empty', self.best(hosts, base.ONE_SMALL))

    def test_equal_hosts_weigh_the_same(self):
        hosts = [base.gpu_host(name) for name in 'abc']
        found = weights.VGPUWeigher().weigh_objects(
            [mock.Mock(obj=host) for host in hosts],
            base.request_spec(base.ONE_SMALL),
        )
        self.assertEqual(1, len(set(found)))

    def test_same_order_again_and_again(self):
        def hosts():
            return [
                base.gpu_host('a', vcpus_total=8),
                base.gpu_host('b', STARTED),
                base.gpu_host('c', vcpus_total=16),
                base.host('d'),
            ]

        orders = [self.order(hosts(), base.ONE_SMALL) for _ in range(5)]
        self.assertEqual([['b', 'c', 'a', 'd']] * 5, orders)


@ddt.ddt
class WithoutVGPUsTest(WeigherTestCase):
    def test_keeps_away_from_free_gpus(self):
        hosts = [
            base.gpu_host('free', **MUCH),
            base.host('no gpus'),
            base.gpu_host('started', STARTED, **MUCH),
        ]
        self.assertEqual(['no gpus', 'started', 'free'], self.order(hosts))

    def test_full_gpus_are_as_good_as_none(self):
        hosts = [
            base.host('no gpus'),
            base.gpu_host('full', _full(), **MUCH),
        ]
        self.assertEqual('full', self.best(hosts))

    def test_memory_decides_where_nearly_as_much_is_free(self):
        """Else nearly each of many hosts had a rank of its own."""
        small = capacity.Model('0001:small', 'GRID small', 1, 100)
        hosts = [
            base.host(name, _hundred(small, used), free_ram_mb=memory)
            for name, used, memory in (('a', 41, 1000), ('b', 40, 2000))
        ]
        self.assertEqual('b', self.best(hosts))

    def test_last_free_one_counts(self):
        small = capacity.Model('0001:small', 'GRID small', 1, 100)
        hosts = [
            base.host('one free', _hundred(small, 99), **MUCH),
            base.host('no gpus'),
        ]
        self.assertEqual('no gpus', self.best(hosts))

    def test_flavor_that_is_wrong_is_one(self):
        hosts = [base.gpu_host('free', **MUCH), base.host('no gpus')]
        self.assertEqual('no gpus', self.best(hosts, {'vgpus:a': '0'}))


class MultiplierTest(WeigherTestCase):
    def setUp(self):
        super().setUp()
        self.hosts = [
            base.gpu_host('started', STARTED),
            base.gpu_host('empty', **MUCH),
        ]

    def test_zero_switches_it_off(self):
        self.flags(vgpu_weight_multiplier=0.0, group='filter_scheduler')
        self.assertEqual('empty', self.best(self.hosts, base.ONE_SMALL))

    def test_negative_turns_it_round(self):
        self.hosts[0].free_ram_mb = 10**9
        self.flags(vgpu_weight_multiplier=-1000.0, group='filter_scheduler')
        self.assertEqual('empty', self.best(self.hosts, base.ONE_SMALL))

    def test_aggregate_overrides_the_option(self):
        aggregate = objects.Aggregate(metadata={'vgpu_weight_multiplier': '0'})
        for host in self.hosts:
            host.aggregates = [aggregate]
        self.assertEqual('empty', self.best(self.hosts, base.ONE_SMALL))

    def test_bad_metadata_leaves_the_option(self):
        aggregate = objects.Aggregate(metadata={'vgpu_weight_multiplier': 'x'})
        for host in self.hosts:
            host.aggregates = [aggregate]
        self.assertEqual('started', self.best(self.hosts, base.ONE_SMALL))


def _hundred(model, used):
    """One pGPU of a hundred small ones."""
    return capacity.HostVGPUs(
        [model],
        [capacity.Group('g')],
        [capacity.PGPU('p', 'g', 100, frozenset([model.identifier]))],
        [capacity.Resident('p', model.identifier)] * used,
    )
