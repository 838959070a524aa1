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

"""Each method of the driver, and a test here that lets Nova call it."""

import importlib

from oslotest import base

from nova_vgpu_ext.virt.xenapi import driver

LATER = 'test_later.LaterTest.'
LIFE = 'test_life.LifeTest.'
PERIODIC = 'test_periodic.PeriodicTest.'
SPAWN = 'test_spawn.SpawnTest.'

TESTS = {
    'check_can_live_migrate_destination': 'test_life.MigrationTest.test_live',
    'cleanup_host': SPAWN + 'test_plain_instance',
    'destroy': SPAWN + 'test_plain_instance',
    'detach_interface': LATER + 'test_interfaces',
    'get_available_nodes': SPAWN + 'test_plain_instance',
    'get_available_resource': SPAWN + 'test_vgpu',
    'get_console_output': LATER + 'test_actions_with_an_answer',
    'get_diagnostics': LATER + 'test_diagnostics',
    'get_host_ip_addr': 'test_life.MigrationTest.test_cold',
    'get_host_uptime': LIFE + 'test_reboot_pause_and_uptime',
    'get_info': SPAWN + 'test_plain_instance',
    'get_instance_diagnostics': LATER + 'test_diagnostics',
    'get_nodenames_by_uuid': SPAWN + 'test_plain_instance',
    'get_vnc_console': LIFE + 'test_console',
    'get_volume_connector': LATER + 'test_volumes',
    'host_maintenance_mode': LATER + 'test_maintenance',
    'host_power_action': LATER + 'test_hosts',
    'init_host': SPAWN + 'test_plain_instance',
    'inject_network_info': LATER + 'test_actions',
    'instance_exists': 'test_life.MigrationTest.test_evacuation',
    'instance_on_disk': 'test_life.MigrationTest.test_evacuation',
    'list_instance_uuids': PERIODIC
    + 'test_instance_deleted_while_nova_compute_was_away',
    'list_instances': PERIODIC + 'test_vm_that_somebody_stops',
    'migrate_disk_and_power_off': 'test_life.MigrationTest.test_cold',
    'pause': LIFE + 'test_reboot_pause_and_uptime',
    'plug_vifs': LIFE + 'test_nova_compute_starts_again',
    'power_off': LIFE + 'test_stop_and_start',
    'power_on': LIFE + 'test_stop_and_start',
    'reboot': LIFE + 'test_reboot_pause_and_uptime',
    'rescue': LIFE + 'test_rescue_and_unrescue',
    'restore': LIFE + 'test_soft_delete_and_restore',
    'resume_state_on_host_boot': LIFE + 'test_host_reboots',
    'set_admin_password': LATER + 'test_actions_with_an_answer',
    'snapshot': LATER + 'test_image_of_an_instance_is_refused_in_the_log',
    'soft_delete': LIFE + 'test_soft_delete_and_restore',
    'spawn': SPAWN + 'test_vhd',
    'suspend': LATER + 'test_actions',
    'trigger_crash_dump': LATER + 'test_actions',
    'unpause': LIFE + 'test_reboot_pause_and_uptime',
    'unplug_vifs': 'test_spawn.RefusalTest.test_paravirtual_image',
    'unrescue': LIFE + 'test_rescue_and_unrescue',
    'update_provider_tree': SPAWN + 'test_plain_instance',
}


def nova_methods():
    """Those that Nova may call, and that are the driver's own."""
    found = set()
    for owner in driver.XenAPIDriver.__mro__:
        if owner.__module__.startswith('nova_vgpu_ext.'):
            found.update(vars(owner))
    return {
        name
        for name in found
        if not name.startswith('_')
        and callable(getattr(driver.XenAPIDriver, name))
        and hasattr(driver.driver.ComputeDriver, name)
    }


class MethodsTest(base.BaseTestCase):
    def test_each_has_a_test(self):
        self.assertEqual(nova_methods(), set(TESTS))

    def test_the_tests_are_there(self):
        for test in TESTS.values():
            module, owner, name = test.split('.')
            module = importlib.import_module(f'{__package__}.{module}')
            names = dir(getattr(module, owner))
            self.assertTrue([n for n in names if n.startswith(name)], test)
