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

"""A simulated pool on the network: each host has a port of its own."""

import ssl
import tempfile
import time

from nova_vgpu_ext.sandbox.xapi import calls
from nova_vgpu_ext.sandbox.xapi import certificate
from nova_vgpu_ext.sandbox.xapi import faults
from nova_vgpu_ext.sandbox.xapi import httpd
from nova_vgpu_ext.sandbox.xapi import outside
from nova_vgpu_ext.sandbox.xapi import transfers


class Responder:
    """Answers for one host, when faults let it.

    :param host: reference
    """

    def __init__(self, simulator, host):
        self._simulator = simulator
        self._host = host

    @property
    def is_cut_off(self):
        """Can nobody connect?"""
        return self._simulator.faults.is_cut_off

    def call(self, method, parameters):
        """The struct that answers a call.

        :raises faults.Dropped: if there is to be no answer
        """
        pool = self._simulator.pool

        def act():
            return pool.dispatcher.answer(method, parameters, self._host)

        answer = {'Status': 'dropped'}
        with self._simulator.calls.under_way():
            try:
                answer = self._with_fault(method, parameters[:1], act)
            finally:
                outcome = answer.get('ErrorDescription', [answer['Status']])[0]
                self._log(method, parameters[1:], outcome)
        return answer

    def transfer(self, name, act, request):
        """Let a transfer happen, or refuse it.

        :raises faults.Dropped: if there is to be no answer
        """
        session = [request.query.get('session_id')]
        outcome = 'dropped'
        with self._simulator.calls.under_way():
            try:
                self._with_fault(
                    name,
                    session,
                    lambda: act(self._simulator.pool, self._host, request),
                    request,
                )
                outcome = 'Success'
            except transfers.Refused as refused:
                outcome = str(refused.status)
                request.begin(refused.status, **refused.headers)
            finally:
                self._log(name, (), outcome)

    def _with_fault(self, method, session, act, request=None):
        fault = self._simulator.faults.of(method)
        if fault is None:
            return act()
        if fault.after:
            result = act()
            self._strike(fault, session, request)
            return self._error(fault) or result
        self._strike(fault, session, request)
        return self._error(fault) or act()

    def _strike(self, fault, session, request):
        if request is not None and fault.action == 'fail':
            raise transfers.Refused(500)
        if fault.action == 'cut':
            request.cut(*fault.details)
        if fault.action == 'drop':
            raise faults.Dropped
        if fault.action == 'delay':
            time.sleep(*fault.details)
        if fault.action == 'lose_session':
            pool = self._simulator.pool
            with pool.lock:
                pool.sessions.forget(*session)

    def _error(self, fault):
        if fault.action != 'fail':
            return None
        details = [str(one) for one in fault.details]
        return {'Status': 'Failure', 'ErrorDescription': details}

    def _log(self, method, parameters, outcome):
        pool = self._simulator.pool
        with pool.lock:
            host = pool.db.row('host', self._host)['uuid']
        self._simulator.calls.add(method, host, parameters, outcome)


class Simulator:
    """Serves a pool.

    Each port speaks HTTP and HTTPS. A host's address is ``127.0.0.1:port``,
    so that clients can follow HOST_IS_SLAVE and redirections.

    :ivar pool: pool.Pool
    :ivar faults: faults.Faults, what goes wrong
    :ivar calls: calls.Calls, what has been called
    :ivar ca_file: path of the certificate that clients must trust
    """

    def __init__(self, pool, ports=None, calls_kept=None):
        """Take the ports; nothing is served before :meth:`start`.

        :param ports: {uuid of a host: port}, others get any that is free
        :param calls_kept: how many calls are remembered; None for all
        :raises OSError: if a port can't be had
        """
        self.pool = pool
        self.faults = faults.Faults()
        self.calls = calls.Calls(calls_kept)
        self._directory = tempfile.TemporaryDirectory(prefix='xapi-sim-')
        self.ca_file = certificate.make(self._directory.name, httpd.ADDRESS)
        self._members = {}
        for host in list(pool.db.tables['host']):
            self._add(host, ports or {})

    def _add(self, host, ports):
        row = self.pool.db.row('host', host)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca_file, certificate.key_of(self.ca_file))
        member = httpd.Member(
            Responder(self, host), context, ports.get(row['uuid'], 0)
        )
        self._members[row['uuid']] = member
        with self.pool.lock:
            self.pool.db.write('host', host, address=member.address)

    def start(self):
        """Serve, in threads; return this simulator."""
        with self.pool.lock:
            rows = list(self.pool.db.tables['host'].values())
            live = {row['uuid'] for row in rows if self._is_live(row)}
        for uuid, member in self._members.items():
            if uuid in live:
                member.start()
            else:
                member.server_close()
        return self

    def stop(self):
        """Close all ports and throw the disks away."""
        for member in self._members.values():
            member.stop()
        self.pool.close()
        self._directory.cleanup()

    def take_offline(self, uuid):
        """Let a host be lost: it answers no more."""
        outside.take_offline(self.pool, uuid)
        self._members[uuid].stop()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def url(self, uuid=None, scheme='https'):
        """Where a host is served, the master unless a uuid is given."""
        if uuid is None:
            row = self.pool.db.row('host', self.pool.master)
            uuid = row['uuid']
        return f'{scheme}://{self._members[uuid].address}'

    def _is_live(self, row):
        return self.pool.db.row('host_metrics', row['metrics'])['live']
