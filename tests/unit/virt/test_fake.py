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

import inspect
import os
from unittest import mock

import ddt
from nova import exception
from nova.compute import power_state
from nova.virt import driver as nova_driver
from nova.virt import fake as nova_fake
from oslo_utils.fixture import uuidsentinel as uuids

from nova_vgpu_ext import extension
from nova_vgpu_ext import flavors
from nova_vgpu_ext.virt import fake
from tests.unit.virt import base
from tests.unit.virt import driver_base
from tests.unit.virt.driver_base import ALL
from tests.unit.virt.driver_base import REFUSED

TWO_GROUPS = """
    cards: [{card: GRID K2, group: a}, {card: GRID K2, group: b}]
"""


@ddt.ddt
class InterfaceTest(driver_base.FakeDriverTestCase):
    @ddt.data(
        *(
            name
            for name, method in inspect.getmembers(
                fake.FakeDriver, inspect.isfunction
            )
            if hasattr(nova_driver.ComputeDriver, name)
            and method.__module__.startswith('nova_vgpu_ext')
            and name != '__init__'
        )
    )
    def test_takes_what_nova_gives(self, name):
        """In all releases: what a later one added is optional."""
        ours = inspect.signature(getattr(fake.FakeDriver, name)).parameters
        stock = inspect.signature(getattr(nova_fake.FakeDriver, name))
        self.assertEqual(
            list(stock.parameters), list(ours)[: len(stock.parameters)]
        )
        for added in list(ours.values())[len(stock.parameters) :]:
            self.assertIsNone(added.default)


class InventoryTest(driver_base.FakeDriverTestCase):
    def test_reports_vgpus(self):
        self.assertEqual(ALL, dict(self.free(self.driver())))

    def test_no_cards(self):
        self.conf.config(group='vgpus', fake_cards_file=None)
        driver = self.driver()
        self.assertIsNone(driver.get_available_resource('h1')['vgpus'])
        plain = self.instance('plain')
        self.spawn(driver, plain)
        self.assertEqual(power_state.RUNNING, self.state(driver, plain))
        self.assertRaises(
            REFUSED, self.spawn, driver, self.instance('gpu', K200=1)
        )

    def test_unknown_node(self):
        self.assertEqual({}, self.driver().get_available_resource('other'))

    def test_node_uuid_is_stable(self):
        first, again = self.driver(), self.driver()
        uuid = first.get_available_resource('h1')['uuid']
        self.assertEqual(uuid, again.get_available_resource('h1')['uuid'])
        self.assertEqual({uuid: 'h1'}, again.get_nodenames_by_uuid())
        self.assertNotIn(uuid, self.driver('h2').get_nodenames_by_uuid())

    def test_each_host_has_its_cards(self):
        first = self.driver('h1')
        self.set_cards('cards: [{card: NVIDIA A40}]')
        second = self.driver('h2')
        self.assertEqual(ALL, dict(self.free(first)))
        self.assertIn('NVIDIA A40-8Q', self.free(second))
        self.spawn(first, self.instance('one', K260Q=4))
        self.assertEqual([], second.list_instances())

    def test_foreign_vm_takes_room_and_is_not_listed(self):
        driver = self.driver()
        driver.hypervisor.start_vm(
            'x', [(base.K260Q, base.K2_GROUP)], 'stranger', foreign=True
        )
        self.assertEqual([], driver.list_instance_uuids())
        self.assertEqual(0, driver.get_num_instances())
        (resident,) = driver.get_available_resource('h1')['vgpus'].residents
        self.assertEqual((None, 'stranger'), (resident.owner, resident.vm))

    def test_settings(self):
        self.conf.config(
            group='vgpus',
            enabled_models=['grid k260q', 'K3'],
            reserved_pgpus=['0000:01:00.0', 'gone'],
        )
        driver = self.driver()
        free = self.free(driver)
        self.assertEqual(0, free.get('GRID K200'))
        self.assertEqual(2, free['GRID K260Q'])
        self.assertIn("names 'K3', which this host", self.log.output)
        self.assertIn("names 'gone', which this host", self.log.output)
        self.assertNotIn('0000:01:00.0', self.log.output.split('its pG')[0])

    def test_pulled_and_disabled(self):
        driver = self.driver()
        driver.hypervisor.pull_pgpu('0000:01:00.0')
        driver.hypervisor.disable_type(base.K200)
        free = self.free(driver)
        self.assertEqual(2, free['GRID K260Q'])
        self.assertEqual(0, free.get('GRID K200'))
        driver.hypervisor.pull_pgpu('0000:02:00.0')
        self.assertEqual({}, {k: v for k, v in self.free(driver).items() if v})


class SpawnTest(driver_base.FakeDriverTestCase):
    def test_places_and_releases(self):
        driver = self.driver()
        one = self.instance('one', K260Q=1)
        self.spawn(driver, one)
        self.assertEqual([one.name], driver.list_instances())
        self.assertEqual(3, self.free(driver)['GRID K260Q'])
        self.assertEqual(8, self.free(driver)['GRID K200'])
        (resident,) = driver.get_available_resource('h1')['vgpus'].residents
        self.assertEqual(one.uuid, resident.owner)
        driver.destroy(None, one, None)
        driver.cleanup(None, one, None)
        self.assertEqual(ALL, dict(self.free(driver)))

    def test_refusal_names_the_model_and_leaves_nothing(self):
        driver = self.driver()
        self.spawn(driver, self.instance('one', K200=1))
        error = self.assertRaises(
            REFUSED, self.spawn, driver, self.instance('two', K260Q=3)
        )
        self.assertIn('not enough vGPUs: 3 x GRID K260Q', str(error))
        self.assertEqual([uuids.one], driver.list_instance_uuids())

    def test_refusal_by_the_hypervisor(self):
        """The books may be older than what an administrator has done."""
        driver = self.driver()
        books = driver.get_available_resource('h1')['vgpus']
        driver.vgpu_tracker = mock.Mock()
        driver.vgpu_tracker.vgpu_books.return_value = books
        driver.hypervisor.disable_type(base.K260Q)
        error = self.assertRaises(
            REFUSED, self.spawn, driver, self.instance('one', K260Q=1)
        )
        self.assertIn('not enough vGPUs: GRID K260Q', str(error))
        self.assertNotIn('Group of', str(error))
        self.assertIn('No pGPU of', self.log.output)
        self.assertEqual([], driver.list_instances())

    def test_starts_where_the_claim_is(self):
        self.set_cards(TWO_GROUPS)
        driver = self.driver()
        one = self.instance('one', K260Q=1)
        wanted = flavors.vgpu_request(one.flavor)
        books = driver.get_available_resource('h1')['vgpus']
        claimed = books.claim(one.uuid, wanted)
        (claim,) = claimed.claims
        other = 'b' if claim.group == 'a' else 'a'
        for group, claims in ((other, [claim._replace(group=other)]),
                              (claim.group, [claim])):  # fmt: skip
            driver.vgpu_tracker = mock.Mock()
            driver.vgpu_tracker.vgpu_books.return_value = books.__class__(
                books.models, books.groups, books.pgpus, (), claims
            )
            self.spawn(driver, one)
            driver.vgpu_tracker.vgpu_books.assert_called_once_with('h1')
            ((_, pgpu),) = driver.hypervisor.vm(one.uuid).vgpus
            (found,) = (
                p.group for p in driver.hypervisor.pgpus if p.id == pgpu
            )
            self.assertEqual(group, found)
            driver.destroy(None, one, None)

    def test_starts_before_the_tracker_has_books(self):
        driver = self.driver()
        driver.vgpu_tracker = mock.Mock()
        driver.vgpu_tracker.vgpu_books.return_value = None
        self.spawn(driver, self.instance('one', K260Q=1))
        self.assertEqual(3, self.free(driver)['GRID K260Q'])

    def test_tells_the_tracker_what_runs_where(self):
        driver = self.driver()
        driver.vgpu_tracker = mock.Mock()
        driver.vgpu_tracker.vgpu_books.return_value = None
        one = self.instance('one', K260Q=1)
        told = driver.vgpu_tracker.note_residents
        self.spawn(driver, one)
        residents = driver.get_available_resource('h1')['vgpus'].residents
        self.assertEqual(1, len(residents))
        told.assert_called_once_with('h1', one.uuid, list(residents))
        for stop, start in (
            (driver.power_off, driver._start_again),
            (lambda i: driver.suspend(None, i), driver._start_again),
            (lambda i: driver.destroy(None, i, None), driver.start),
        ):
            stop(one)
            told.assert_called_with('h1', one.uuid, ())
            start(one)
            told.assert_called_with('h1', one.uuid, mock.ANY)

    def test_tells_the_tracker_of_a_refusal_and_why(self):
        driver = self.driver()
        driver.vgpu_tracker = mock.Mock()
        driver.vgpu_tracker.vgpu_books.return_value = None
        driver.hypervisor.start_vm(
            'foreign', [(base.K200, base.K2_GROUP)], foreign=True
        )
        self.assertRaises(
            REFUSED, self.spawn, driver, self.instance('one', K260Q=4)
        )
        driver.vgpu_tracker.note_vgpu_refusal.assert_called_once_with()
        ((_, owner, residents),) = (
            call.args
            for call in driver.vgpu_tracker.note_residents.call_args_list
        )
        self.assertIsNone(owner)
        self.assertEqual(['foreign'], [r.vm for r in residents])

    def test_several_models_and_passthrough(self):
        driver = self.driver()
        one = self.instance('one', **{'K260Q': 2, 'K2 passthrough': 1})
        self.spawn(driver, one)
        self.assertEqual(0, sum(self.free(driver).values()))

    def test_network(self):
        driver = self.driver()
        vif = mock.MagicMock()
        self.spawn(driver, self.instance('one'), network_info=[vif])
        vif.fixed_ips.assert_called_once_with()
        self.assertIn(vif['id'], driver._interfaces)

    def test_powered_off(self):
        driver = self.driver()
        one = self.instance('one', K260Q=1)
        self.spawn(driver, one, power_on=False)
        self.assertEqual(power_state.SHUTDOWN, self.state(driver, one))
        self.assertEqual(ALL, dict(self.free(driver)))

    def test_spawn_twice(self):
        driver = self.driver()
        one = self.instance('one')
        self.spawn(driver, one)
        self.assertRaises(exception.InternalError, self.spawn, driver, one)

    def test_flavor_that_is_wrong(self):
        one = self.instance('one')
        one.flavor.extra_specs['vgpus:GRID K200'] = 'many'
        error = self.assertRaises(
            exception.InvalidInput, self.spawn, self.driver(), one
        )
        self.assertIn("'vgpus:GRID K200'='many'", str(error))

    def test_destroy_twice(self):
        driver = self.driver()
        driver.destroy(None, self.instance('one'), None)
        self.assertIn('no VM to destroy', self.log.output)

    def test_snapshot_needs_vm(self):
        self.assertRaises(
            exception.InstanceNotRunning,
            self.driver().snapshot,
            None,
            self.instance('one'),
            'i',
            mock.Mock,
        )


class BadConfigurationTest(driver_base.FakeDriverTestCase):
    def exits(self, function, *args):
        error = self.assertRaises(SystemExit, function, *args)
        self.assertIn(str(error), self.log.output)
        return str(error)

    def test_bad_cards_file(self):
        self.set_cards('cards: [{card: K3}]')
        self.assertIn("unknown 'K3'", self.exits(fake.FakeDriver, None))

    def test_nova_ends_with_the_sentence(self):
        self.set_cards('cards: [{card: K3}]')
        with mock.patch.dict(
            'sys.modules', {'nova.virt.vgpu_ext': mock.Mock(D=fake.FakeDriver)}
        ):
            error = self.exits(
                nova_driver.load_compute_driver, None, 'vgpu_ext.D'
            )
        self.assertIn("unknown 'K3'", error)

    def test_bad_state_file(self):
        path = os.path.join(self.directory, 'fake-vgpus-h1.json')
        with open(path, 'w', encoding='utf-8') as file:
            file.write('{')
        self.assertIn('is damaged', self.exits(self.driver))

    def test_no_state_path(self):
        self.conf.config(state_path='/no/such/directory')
        self.assertIn('can not be written', self.exits(self.driver))

    def test_aliases_in_a_circle(self):
        self.conf.config(group='vgpus', model_aliases={'a': 'b', 'b': 'a'})
        self.assertIn('in a circle', self.exits(self.driver))

    def test_extension_not_loaded(self):
        with mock.patch.object(extension, 'installed', lambda: False):
            driver = self.driver()
            self.assertIn(extension.HOW_TO_TURN_ON, self.log.output)
            self.spawn(driver, self.instance('plain'))
            self.assertRaises(
                REFUSED, self.spawn, driver, self.instance('gpu', K200=1)
            )
