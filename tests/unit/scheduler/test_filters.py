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

"""VGPUCapacityFilter."""

from unittest import mock

import ddt
from nova import exception
from nova import test

from nova_vgpu_ext import extension
from nova_vgpu_ext.scheduler import filters
from tests.unit import factories
from tests.unit.scheduler import base

LOGGER = 'nova_vgpu_ext.scheduler.filters'


def _full(name):
    residents = [
        factories.resident(pgpu, factories.WHOLE) for pgpu in ('g-0', 'g-1')
    ]
    return base.gpu_host(name, residents)


@ddt.ddt
class FilterTest(test.NoDBTestCase):
    def setUp(self):
        super().setUp()
        self.filter = filters.VGPUCapacityFilter()
        self.hosts = [
            base.host('plain'),
            base.gpu_host('empty'),
            _full('full'),
            base.gpu_host('started', [factories.resident('g-0')]),
        ]

    def passing(self, extra_specs=None, hosts=None, **fields):
        spec = base.request_spec(extra_specs, **fields)
        hosts = self.hosts if hosts is None else hosts
        return [state.host for state in self.filter.filter_all(hosts, spec)]

    @ddt.data(
        ({'vgpus:GRID small': '1'}, ['empty', 'started']),
        ({'capabilities:vgpus:GRID small': '> 6'}, ['empty', 'started']),
        ({'vgpus:GRID small': '8'}, ['empty']),
        ({'vgpus:GRID small': '9'}, []),
        ({'vgpus:GRID half': '3'}, ['empty']),
        ({'vgpus:passthrough': '2'}, ['empty']),
        ({'vgpus:GRID small': '1', 'vgpus:GRID half': '2'}, None),
        ({'vgpus:GRID small': '5', 'vgpus:GRID half': '1'}, []),
        ({'vgpus:GRID big': '1'}, []),
    )
    @ddt.unpack
    def test_passes_where_all_vgpus_fit(self, extra_specs, expected):
        if expected is None:
            expected = ['empty', 'started']
        self.assertEqual(expected, self.passing(extra_specs))
        spec = base.request_spec(extra_specs)
        for state in self.hosts:
            self.assertEqual(
                state.host in expected, self.filter.host_passes(state, spec)
            )

    def test_no_look_at_hosts_for_requests_without_vgpus(self):
        hosts = iter([object()])
        spec = base.request_spec({'hw:cpu_policy': 'shared'})
        self.assertIs(hosts, self.filter.filter_all(hosts, spec))
        self.assertTrue(self.filter.host_passes(object(), spec))

    def test_hosts_may_come_from_a_generator(self):
        hosts = (state for state in self.hosts)
        self.assertEqual(
            ['empty', 'started'], self.passing(base.ONE_SMALL, hosts)
        )

    def test_claims_count_as_residents_do(self):
        state = base.gpu_host('claimed')
        state.vgpu_books = state.vgpu_books.claim(
            'somebody', factories.asks(passthrough=2)
        )
        self.assertEqual([], self.passing(base.ONE_SMALL, [state]))

    def test_rebuild_passes_on_a_full_host(self):
        rebuild = {'scheduler_hints': {'_nova_check_type': ['rebuild']}}
        self.assertEqual(
            ['full'],
            self.passing(base.ONE_SMALL, [_full('full')], **rebuild),
        )
        self.assertFalse(self.filter.RUN_ON_REBUILD)

    def test_rebuild_passes_with_a_flavor_that_was_never_right(self):
        rebuild = {'scheduler_hints': {'_nova_check_type': ['rebuild']}}
        passing = self.passing({'vgpus:GRID small': '0'}, **rebuild)
        self.assertEqual(4, len(passing))

    def test_wrong_flavor_is_no_valid_host_with_the_sentence(self):
        error = self.assertRaises(
            exception.NoValidHost, self.passing, {'vgpus:GRID small': 'many'}
        )
        self.assertEqual(
            "No valid host was found. Extra spec 'vgpus:GRID small'='many' "
            'does not say how many vGPUs: give a positive number, for '
            "example 'vgpus:GRID small'='1'.",
            error.format_message(),
        )

    def test_refusal_by_all_is_one_line_for_debugging(self):
        with self.assertLogs(LOGGER, 'DEBUG') as logs:
            self.passing({'vgpus:GRID small': '20'})
        (line,) = logs.output
        self.assertIn('DEBUG', line)
        self.assertIn('20 x GRID small fit on 0 of 4 hosts', line)

    def test_choice_is_one_line_for_debugging(self):
        with self.assertLogs(LOGGER, 'DEBUG') as logs:
            self.passing(base.ONE_SMALL)
        (line,) = logs.output
        self.assertIn('DEBUG', line)
        self.assertIn('1 x GRID small fit on 2 of 4 hosts', line)

    @ddt.data({}, {'vgpus:GRID small': '1'})
    def test_nothing_is_logged_where_all_fit(self, extra_specs):
        with self.assertNoLogs(LOGGER, 'DEBUG'):
            self.passing(extra_specs, [base.gpu_host()])


class NotInstalledTest(test.NoDBTestCase):
    """The lines of the configuration source are missing."""

    def setUp(self):
        super().setUp()
        self.useFixture(_NotInstalled())

    def filter_all(self, extra_specs):
        spec = base.request_spec(extra_specs)
        hosts = [base.host()]
        return filters.VGPUCapacityFilter().filter_all(hosts, spec)

    def test_says_so_when_the_scheduler_starts(self):
        with self.assertLogs(LOGGER, 'ERROR') as logs:
            filters.VGPUCapacityFilter()
        self.assertEqual(
            [extension.HOW_TO_TURN_ON], [r.getMessage() for r in logs.records]
        )

    def test_says_so_again_to_who_asks_for_a_vgpu(self):
        with self.assertLogs(LOGGER, 'ERROR') as logs:
            self.assertEqual([], self.filter_all(base.ONE_SMALL))
        self.assertEqual(2, len(logs.records))

    def test_other_instances_are_unaffected(self):
        self.assertEqual(1, len(self.filter_all({})))

    def test_wrong_flavor_is_no_valid_host(self):
        self.assertRaises(
            exception.NoValidHost, self.filter_all, {'vgpus:GRID small': '0'}
        )


class _NotInstalled(test.fixtures.Fixture):
    def _setUp(self):
        patch = mock.patch.object(extension, '_done', False)
        patch.start()
        self.addCleanup(patch.stop)
