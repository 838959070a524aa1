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

"""Whether the checks of these tests would find what they look for."""

import logging
from unittest import mock

import ddt
from nova import exception

from nova_vgpu_ext.virt.xenapi import errors
from tests.functional.xenapi import base
from tests.functional.xenapi import secret_search


@ddt.ddt
class SecretsTest(base.XenServerTestCase):
    def setUp(self):
        super().setUp()
        self.start_host()
        self.driver().session.call('pool.get_all_records')
        (self.secret,) = self.secrets

    def found(self):
        return secret_search.found(self, [self.secret, base.PASSWORD])

    @ddt.data(
        'http.client',
        'nova.virt',
        'nova_vgpu_ext.virt.xenapi.session',
        'oslo_messaging',
        'requests',
        'urllib3.connectionpool',
        'XenAPI',
    )
    def test_debug_logs(self, name):
        for leak in (
            f'/import_raw_vdi?session_id={self.secret}',
            f'?session_id={self.secret.replace(":", "%3A")}',
            base.PASSWORD,
        ):
            logging.getLogger(name).debug('GET %s', leak)
            self.assertEqual(['log'], self.found())
            self.log.forget()
            self.assertEqual([], self.found())

    def test_logged_exceptions(self):
        try:
            raise ValueError(self.secret)
        except ValueError:
            logging.getLogger('nova').exception('Something is wrong')
        self.assertEqual(['log'], self.found())
        self.log.forget()

    def test_faults_and_events(self):
        server = self.boot(self.flavor())
        error = exception.NovaException(f'Bad session {self.secret}')
        with mock.patch.object(self.driver(), 'reboot', side_effect=error):
            self.api.post_server_action(
                server['id'], {'reboot': {'type': 'HARD'}}
            )
            self._wait_for_server_parameter(
                server, {'OS-EXT-STS:task_state': None}
            )
        self.log.forget()
        found = self.found()
        self.assertIn('instance_faults', found)
        self.assertIn('versioned notifications', found)
        self.secrets.clear()  # for the search at the end
        self.log.forget()

    def test_traceback_of_an_event(self):
        server = self.boot(self.flavor())
        with mock.patch.object(
            self.driver(), 'reboot', side_effect=RuntimeError(self.secret)
        ):
            self.api.post_server_action(
                server['id'], {'reboot': {'type': 'HARD'}}
            )
            self._wait_for_server_parameter(
                server, {'OS-EXT-STS:task_state': None}
            )
        self.assertIn('instance_faults', self.found())
        self.secrets.clear()


class CallsTest(base.XenServerTestCase):
    """The driver can't make a call that XenServer doesn't have."""

    def setUp(self):
        super().setUp()
        self.start_host()
        self.check_calls()

    def bogus(self, method, *arguments):
        session = self.driver().session
        self.assertRaises(errors.Refused, session.call, method, *arguments)
        self.assertRaises(AssertionError, self.check_calls)
        self.simulator.calls.clear()

    def test_unknown_method(self):
        self.bogus('VM.start_gently', 'OpaqueRef:1')
        self.bogus('GPU.get_all')

    def test_wrong_number_of_arguments(self):
        self.bogus('VM.start_on', 'OpaqueRef:1')
        self.bogus('pool.get_all', 'OpaqueRef:1')

    def test_wrong_type(self):
        host = self.driver().host.ref
        self.bogus('VM.start_on', 'OpaqueRef:1', host, 'no', 'no')
        self.bogus('VGPU.create', 'OpaqueRef:1', 'OpaqueRef:2', 0, {})
