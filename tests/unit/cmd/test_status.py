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


import importlib.util
from unittest import mock

import ddt
import nova.conf
from nova import objects
from oslo_config import cfg
from oslo_config import fixture as config_fixture
from oslo_upgradecheck import upgradecheck
from oslotest import base

from nova_vgpu_ext import conf
from nova_vgpu_ext import extension
from nova_vgpu_ext.cmd import status
from nova_vgpu_ext.db import cells
from nova_vgpu_ext.virt.xenapi import conf as xenserver_conf

ALL_FILTERS = 'nova.scheduler.filters.all_filters'
ALL_WEIGHERS = 'nova.scheduler.weights.all_weighers'

Code = upgradecheck.Code


def _flavor(name, **extra_specs):
    return objects.Flavor(name=name, extra_specs=extra_specs)


class StatusTestCase(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.conf = self.useFixture(config_fixture.Config(nova.conf.CONF))
        conf.register_opts(nova.conf.CONF)
        self.checks = status.Checks()

    def patch(self, owner, name, **kwargs):
        patcher = mock.patch.object(owner, name, **kwargs)
        self.addCleanup(patcher.stop)
        return patcher.start()

    def assert_result(self, code, words, result):
        self.assertEqual(code, result.code)
        for word in words:
            self.assertIn(word, result.details)


class TestColumn(StatusTestCase):
    def test_no_database(self):
        problem = cells.DatabaseProblem('No way.')
        self.patch(cells, 'everywhere', side_effect=problem)
        self.assert_result(
            Code.FAILURE, ['No way.'], self.checks.check_column()
        )

    def test_each_finding_is_told(self):
        self.patch(cells, 'everywhere', return_value=['a', 'b', 'c'])
        self.patch(status.database, 'finding', side_effect=['A.', None, 'C.'])
        result = self.checks.check_column()
        self.assertEqual(
            (Code.FAILURE, 'A. C.'), (result.code, result.details)
        )

    def test_all_is_well(self):
        self.patch(cells, 'everywhere', return_value=['a'])
        self.patch(status.database, 'finding', return_value=None)
        self.assertEqual(Code.SUCCESS, self.checks.check_column().code)


class TestSource(StatusTestCase):
    def check(self, sources, loaded):
        self.conf.config(config_source=sources)
        self.patch(extension, 'installed', return_value=loaded)
        return self.checks.check_source()

    def test_both_lines(self):
        self.assertEqual(Code.SUCCESS, self.check(['vgpus'], True).code)

    def test_first_line_missing(self):
        self.assert_result(
            Code.FAILURE,
            ['lacks "config_source = vgpus"'],
            self.check(['vault'], False),
        )

    def test_second_line_missing(self):
        self.assert_result(
            Code.FAILURE,
            ['"driver = vgpus"'],
            self.check(['vault', 'vgpus'], False),
        )


@ddt.ddt
class TestScheduler(StatusTestCase):
    def check_filter(self, available, enabled):
        self.conf.config(
            available_filters=available,
            enabled_filters=enabled,
            group='filter_scheduler',
        )
        return self.checks.check_filter()

    def check_weigher(self, *paths):
        self.conf.config(weight_classes=paths, group='filter_scheduler')
        return self.checks.check_weigher()

    def test_filter(self):
        result = self.check_filter(
            [ALL_FILTERS, status.FILTER_PATH], [status.FILTER]
        )
        self.assertEqual(Code.SUCCESS, result.code)

    def test_filter_not_available(self):
        result = self.check_filter([ALL_FILTERS], [status.FILTER])
        self.assert_result(Code.FAILURE, ['available_filters'], result)
        self.assertNotIn('enabled_filters', result.details)

    def test_filter_not_enabled(self):
        result = self.check_filter([status.FILTER_PATH], ['ComputeFilter'])
        self.assert_result(Code.FAILURE, ['enabled_filters'], result)
        self.assertNotIn('available_filters', result.details)

    @ddt.data(
        'no.such.thing',
        'nothing',
        'nova.exception.NoSuchThing',
        'nova.exception.Forbidden',
    )
    def test_misspelt_paths(self, path):
        self.assert_result(
            Code.FAILURE,
            ['available_filters', f'names {path}, '],
            self.check_filter([path], []),
        )
        self.assert_result(
            Code.FAILURE,
            ['weight_classes', f'names {path}, '],
            self.check_weigher(path),
        )

    def test_weigher(self):
        result = self.check_weigher(ALL_WEIGHERS, status.WEIGHER_PATH)
        self.assertEqual(Code.SUCCESS, result.code)

    def test_no_weigher(self):
        self.assert_result(
            Code.WARNING,
            [status.WEIGHER_PATH],
            self.check_weigher(ALL_WEIGHERS),
        )


class TestFlavors(StatusTestCase):
    def check(self, *flavors):
        self.conf.config(connection='sqlite://', group='api_database')
        self.patch(objects.FlavorList, 'get_all', return_value=flavors)
        return self.checks.check_flavors()

    def test_good_flavors(self):
        result = self.check(
            _flavor('plain'), _flavor('k2', **{'vgpus:a': '1'})
        )
        self.assertEqual(Code.SUCCESS, result.code)

    def test_bad_flavors_are_all_told(self):
        result = self.check(
            _flavor('none', **{'vgpus:a': '0'}),
            _flavor('plain'),
            _flavor('bare', vgpus='1'),
        )
        self.assert_result(
            Code.WARNING,
            ["Flavor none: Extra spec 'vgpus:a'", 'Flavor bare: '],
            result,
        )

    def test_circle_of_aliases(self):
        self.conf.config(model_aliases={'a': 'b', 'b': 'a'}, group='vgpus')
        self.assert_result(Code.FAILURE, ['circle'], self.check())

    def test_no_api_database(self):
        self.conf.config(connection=None, group='api_database')
        self.assert_result(
            Code.FAILURE,
            ['[api_database] connection'],
            self.checks.check_flavors(),
        )


@ddt.ddt
class TestDriver(StatusTestCase):
    """What ``[xenserver]`` needs is tested with its settings."""

    def check(self, driver=status.XENSERVER, **options):
        xenserver_conf.register_opts(nova.conf.CONF)
        self.conf.config(compute_driver=driver)
        self.conf.config(
            group='xenserver',
            **{
                'connection_url': 'https://10.0.0.11',
                'connection_password': 'a password',
                **options,
            },
        )
        return self.checks.check_driver()

    def test_xenserver(self):
        self.assertEqual(Code.SUCCESS, self.check().code)

    @ddt.data(None, 'libvirt.LibvirtDriver', 'vgpu_ext.FakeDriver')
    def test_other_drivers_need_nothing(self, driver):
        result = self.check(driver, connection_url=None)
        self.assertEqual(Code.SUCCESS, result.code)

    def test_no_bindings(self):
        self.patch(importlib.util, 'find_spec', return_value=None)
        self.assert_result(
            Code.FAILURE, ['"pip install XenAPI"'], self.check()
        )

    def test_setting_missing(self):
        self.assert_result(
            Code.FAILURE,
            ['Set [xenserver] connection_url'],
            self.check(connection_url=None),
        )

    def test_bad_option(self):
        self.patch(
            status.xenserver_settings,
            'load',
            side_effect=cfg.ConfigFileValueError('no URL'),
        )
        self.assert_result(Code.FAILURE, ['no URL'], self.check())
