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

import xmlrpc.client

import ddt
import XenAPI

from nova_vgpu_ext.sandbox.xapi import records
from nova_vgpu_ext.sandbox.xapi.signatures import NULL
from tests.unit.sandbox.xapi import base

TWO_HOSTS = {'hosts': [{'name': 'h1'}, {'name': 'h2'}]}


@ddt.ddt
class CheckingTestCase(base.SimulatorTestCase):
    """Calls that don't agree with XAPI's signatures."""

    def setUp(self):
        super().setUp()
        self.serve()
        self.session = self.log_in()
        self.xapi = self.session.xenapi

    def test_unknown_method(self):
        self.refused_remotely(
            ['MESSAGE_METHOD_UNKNOWN', 'VM.fly'], self.xapi.VM.fly
        )

    def test_unknown_class(self):
        self.refused_remotely(
            ['MESSAGE_METHOD_UNKNOWN', 'Cow.get_all'], self.xapi.Cow.get_all
        )

    def test_not_simulated(self):
        self.refused_remotely(
            ['NOT_IMPLEMENTED', 'VM.snapshot'],
            self.xapi.VM.snapshot,
            NULL,
            'name',
        )

    def test_too_few_parameters(self):
        self.refused_remotely(
            ['MESSAGE_PARAMETER_COUNT_MISMATCH', 'VM.start_on', 4, 1],
            self.xapi.VM.start_on,
            NULL,
        )

    def test_too_many_parameters(self):
        self.refused_remotely(
            ['MESSAGE_PARAMETER_COUNT_MISMATCH', 'VM.get_all', 0, 1],
            self.xapi.VM.get_all,
            NULL,
        )

    def test_no_session_at_all(self):
        proxy = xmlrpc.client.ServerProxy(self.simulator.url(scheme='http'))
        self.assertEqual(
            ['MESSAGE_PARAMETER_COUNT_MISMATCH', 'VM.get_all', '0', '-1'],
            proxy.VM.get_all()['ErrorDescription'],
        )
        proxy('close')()

    @ddt.data(
        ([7, 'x', ''], "Expected string, got 'I(7)'"),
        ([NULL, 'x', True], "Expected string, got 'B(true)'"),
        ([NULL, 'x', ['a']], "Expected string, got '[S(a)]'"),
    )
    @ddt.unpack
    def test_no_text(self, parameters, reason):
        self.refused_remotely(
            ['INTERNAL_ERROR', f'Failure("{reason}")'],
            self.xapi.VM.add_to_other_config,
            *parameters,
        )

    def test_no_integer(self):
        self.refused_remotely(
            ['INTERNAL_ERROR', 'Failure("Int64.of_string")'],
            self.xapi.VDI.resize,
            NULL,
            '1.5',
        )

    def test_whole_number_for_a_float(self):
        self.refused_remotely(
            ['INTERNAL_ERROR', 'Failure("Expected float, got \'I(1)\'")'],
            self.xapi.event_from,
            ['vm'],
            '',
            1,
        )

    def test_unknown_word_of_an_enumeration(self):
        vbd = records.vbd(self.vm(), self.disk(), mode='rw')
        self.refused_remotely(
            ['INTERNAL_ERROR', 'Failure("Expected vbd_mode, got \'S(rw)\'")'],
            self.xapi.VBD.create,
            vbd,
        )

    def test_incomplete_record(self):
        record = records.vm('vm')
        del record['platform']
        self.refused_remotely(
            [
                'INTERNAL_ERROR',
                'Server_helpers.Dispatcher_FieldNotFound("platform")',
            ],
            self.xapi.VM.create,
            record,
        )

    @ddt.data(
        ('VM.start_on', 'VM', [NULL, False, False]),
        ('VM.get_record', 'VM', []),
        ('VM.destroy', 'VM', []),
        ('VGPU.destroy', 'VGPU', []),
        ('VDI.resize', 'VDI', ['1']),
        ('VBD.unplug', 'VBD', []),
        ('VIF.plug', 'VIF', []),
        ('SR.scan', 'SR', []),
        ('host.disable', 'host', []),
        ('task.cancel', 'task', []),
        ('GPU_group.get_remaining_capacity', 'GPU_group', [NULL]),
    )
    @ddt.unpack
    def test_bad_reference(self, method, table, rest):
        self.refused_remotely(
            ['HANDLE_INVALID', table, 'OpaqueRef:x'],
            getattr(self.xapi, method),
            'OpaqueRef:x',
            *rest,
        )

    def test_capacity_of_a_bad_reference_is_none(self):
        self.assertEqual('0', self.xapi.PGPU.get_remaining_capacity('x', 'y'))

    def test_bad_uuid(self):
        self.refused_remotely(
            ['UUID_INVALID', 'VM', 'x'], self.xapi.VM.get_by_uuid, 'x'
        )

    def test_no_asynchronous_form(self):
        self.refused_remotely(
            [
                'Fault',
                'No async mode for this operation (rpc: VM.get_record)',
            ],
            self.xapi.Async.VM.get_record,
            NULL,
        )

    def test_methods_are_listed(self):
        proxy = xmlrpc.client.ServerProxy(self.simulator.url(scheme='http'))
        methods = proxy.system.listMethods()['Value']
        self.assertLess({'VM.start_on', 'VGPU.get_all'}, set(methods))
        proxy('close')()

    def test_error_of_the_simulator(self):
        self.pool.db.tables['VM']['broken'] = None
        failure = self.assertRaises(
            XenAPI.Failure, self.xapi.VM.get_name_label, 'broken'
        )
        self.assertEqual('INTERNAL_ERROR', failure.details[0])


class SessionTestCase(base.SimulatorTestCase):
    """Logging in and out."""

    def setUp(self):
        super().setUp()
        self.serve(TWO_HOSTS)
        self.uuids = [
            row['uuid'] for row in self.pool.db.tables['host'].values()
        ]

    def test_wrong_password(self):
        self.refused_remotely(
            [
                'SESSION_AUTHENTICATION_FAILED',
                'root',
                'Authentication failure',
            ],
            self.bindings().login_with_password,
            'root',
            'wrong',
        )

    def test_slave_names_the_master(self):
        address = self.simulator.url().removeprefix('https://')
        self.refused_remotely(
            ['HOST_IS_SLAVE', address], self.log_in, self.uuids[1]
        )

    def test_session_is_no_good_on_a_slave(self):
        session = self.log_in()
        slave = self.bindings(self.uuids[1])
        slave._session = session.handle
        failure = self.assertRaises(XenAPI.Failure, slave.xenapi.VM.get_all)
        self.assertEqual('HOST_IS_SLAVE', failure.details[0])

    def test_new_master(self):
        session = self.log_in()
        host = self.pool.db.find('host', uuid=self.uuids[1])[0]
        session.xenapi.pool.designate_new_master(host)
        self.assertRaises(XenAPI.Failure, session.xenapi.VM.get_all)
        self.log_in(self.uuids[1]).xenapi.VM.get_all()

    def test_unknown_session(self):
        proxy = xmlrpc.client.ServerProxy(self.simulator.url(scheme='http'))
        self.assertEqual(
            ['SESSION_INVALID', 'x'],
            proxy.VM.get_all('x')['ErrorDescription'],
        )
        proxy('close')()

    def test_logging_out(self):
        session = self.log_in()
        session.xenapi.session.logout()
        self.assertEqual({}, self.pool.db.tables['session'])

    def test_this_host(self):
        session = self.log_in()
        self.assertEqual(
            self.pool.master,
            session.xenapi.session.get_this_host(session.handle),
        )

    def test_version(self):
        self.assertEqual('2.23', self.log_in().API_version)

    def test_password_changes(self):
        session = self.log_in()
        self.assertRaises(
            XenAPI.Failure,
            session.xenapi.session.change_password,
            'wrong',
            'new',
        )
        session.xenapi.session.change_password('xensim', 'new')
        self.assertRaises(XenAPI.Failure, self.log_in)


class AccessTestCase(base.SimulatorTestCase):
    """Fields that are read and written."""

    def setUp(self):
        super().setUp()
        self.serve()
        self.xapi = self.log_in().xenapi
        self.ref = self.vm('one')

    def test_integers_are_texts(self):
        record = self.xapi.VM.get_record(self.ref)
        self.assertEqual(str(512 * 2**20), record['memory_static_max'])
        self.assertEqual('-1', self.xapi.VM.get_domid(self.ref))

    def test_internal_fields_are_not_shown(self):
        record = next(iter(self.xapi.PGPU.get_all_records().values()))
        self.assertNotIn('size', record)
        self.refused_remotely(
            ['MESSAGE_METHOD_UNKNOWN', 'PGPU.get_size'],
            self.xapi.PGPU.get_size,
            'x',
        )

    def test_set_and_get(self):
        self.xapi.VM.set_name_label(self.ref, 'two')
        self.assertEqual([self.ref], self.xapi.VM.get_by_name_label('two'))

    def test_maps(self):
        self.xapi.VM.add_to_other_config(self.ref, 'a', 'b')
        self.refused_remotely(
            ['MAP_DUPLICATE_KEY', 'VM', 'other_config', self.ref, 'a'],
            self.xapi.VM.add_to_other_config,
            self.ref,
            'a',
            'c',
        )
        self.xapi.VM.remove_from_other_config(self.ref, 'a')
        self.xapi.VM.remove_from_other_config(self.ref, 'a')
        self.assertNotIn('a', self.xapi.VM.get_other_config(self.ref))

    def test_sets(self):
        for tag in ('a', 'b', 'a'):
            self.xapi.VM.add_tags(self.ref, tag)
        self.xapi.VM.remove_tags(self.ref, 'a')
        self.assertEqual(['b'], self.xapi.VM.get_tags(self.ref))

    def test_read_only_fields_have_no_setter(self):
        self.refused_remotely(
            ['MESSAGE_METHOD_UNKNOWN', 'VM.set_power_state'],
            self.xapi.VM.set_power_state,
            self.ref,
            'Running',
        )

    def test_all_that_hold(self):
        expression = 'field "name_label" = "one" and not field "uuid" = "x"'
        self.assertEqual(
            [self.ref], list(self.xapi.VM.get_all_records_where(expression))
        )

    def test_references_that_hold(self):
        self.assertEqual(
            [self.ref],
            self.xapi.VM.get_all_where('field "name_label" = "one"'),
        )

    def test_object_without_rules_of_its_own(self):
        record = {
            'host': self.named('host', 'h1'),
            'SR': self.named('SR', 'XenServer Tools'),
            'device_config': {},
        }
        pbd = self.xapi.PBD.create(record)
        self.assertIn(pbd, self.xapi.host.get_PBDs(record['host']))
        self.xapi.PBD.destroy(pbd)
        self.assertNotIn(pbd, self.xapi.PBD.get_all())

    def test_name_with_an_underscore(self):
        self.assertIn(self.ref, self.xapi.VM_get_all())
