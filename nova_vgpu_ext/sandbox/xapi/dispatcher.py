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

"""From a call on the wire to its answer."""

import logging

from nova_vgpu_ext.sandbox.xapi import accessors
from nova_vgpu_ext.sandbox.xapi import handlers
from nova_vgpu_ext.sandbox.xapi import values
from nova_vgpu_ext.sandbox.xapi.failure import Failure
from nova_vgpu_ext.sandbox.xapi.failure import internal

_ASYNC = 'Async.'
LOG = logging.getLogger(__name__)


class Dispatcher:
    """Checks calls against the signatures and hands them on.

    :param pool: pool.Pool
    :param classes: {XAPI class: Handlers subclass}
    """

    def __init__(self, pool, classes):
        self._pool = pool
        self._accessors = accessors.Accessors(pool.db)
        self._handlers = {
            name: handler(pool) for name, handler in classes.items()
        }

    def answer(self, method, parameters, host):
        """The struct that XAPI answers with.

        :param parameters: values from the wire, the session first
        :param host: reference of the pool member that is called
        """
        try:
            value = self._answer(method, parameters, host)
        except Failure as failure:
            return {'Status': 'Failure', 'ErrorDescription': failure.details}
        return {'Status': 'Success', 'Value': value}

    def perform(self, method, parameters, host):
        """Make a call from inside; neither session nor host are checked.

        :returns: the result, not yet in the form that the wire has
        :raises Failure: if XAPI refuses the call
        """
        message = self._message(method)
        self._check_count(message, [None, *parameters], parameters)
        call = handlers.Call(method, None, host)
        read = self._read(message, parameters)
        with self._pool.lock:
            return self._execute(message, call, read)

    def _answer(self, method, parameters, host):
        if method == 'system.listMethods':
            return self._pool.signatures.names()
        name = method.removeprefix(_ASYNC)
        message = self._message(name)
        own = parameters[1:] if message.session else parameters
        self._check_count(message, parameters, own)
        read = self._read(message, own)
        with self._pool.lock:
            session = None
            if message.session:
                session = self._pool.sessions.check(parameters[0], host)
            call = handlers.Call(name, session, host)
            if name != method:
                return self._start(message, call, read)
            result = self._execute(message, call, read)
            return self._write(message, result)

    def _message(self, name):
        message = self._pool.signatures.message(name)
        if message is None:
            raise Failure('MESSAGE_METHOD_UNKNOWN', name)
        return message

    def _check_count(self, message, given, own):
        # Where a parameter has a default XAPI ignores surplus ones; here
        # they are refused, for a client that sends them is mistaken.
        enough = message.mandatory <= len(own) <= len(message.parameters)
        if not enough or (message.session and not given):
            raise Failure(
                'MESSAGE_PARAMETER_COUNT_MISMATCH',
                message.wire_name,
                message.mandatory,
                len(given) - 1 if message.session else len(given),
            )

    def _read(self, message, own):
        """The parameters as inner values, defaults for those left out."""
        found = []
        for number, parameter in enumerate(message.parameters):
            if number >= len(own):
                found.append(values.plain(parameter.type, parameter.default))
                continue
            outer, inner = values.inside(parameter.type)
            if outer == 'record':
                known = self._pool.signatures.classes[inner]
                found.append(values.read_record(known, own[number]))
            else:
                found.append(values.read(parameter.type, own[number]))
        return found

    def _start(self, message, call, read):
        """Begin an asynchronous call; return its task."""
        if not message.asynchronous:
            raise Failure(
                'Fault',
                f'No async mode for this operation (rpc: {message.wire_name})',
            )
        return self._pool.tasks.run(
            call,
            lambda call: self._write(
                message, self._execute(message, call, read)
            ),
        )

    def _execute(self, message, call, read):
        try:
            return self._act(message)(call, *read)
        except Failure:
            raise
        except Exception as error:
            # As XAPI does, so that clients and tasks learn of our mistakes.
            LOG.exception('The simulator has failed at %s', call.method)
            raise internal(repr(error)) from error
        finally:
            self._pool.lock.notify_all()

    def _act(self, message):
        """The function that answers a message.

        :raises Failure: NOT_IMPLEMENTED, for what isn't simulated
        """
        handler = self._handlers.get(message.owner)
        # "from" is a word of Python's.
        name = message.name + '_' * (message.name == 'from')
        act = getattr(handler, name, None)
        if act is not None:
            return act
        act = self._accessors.find(message)
        if act is None:
            raise Failure('NOT_IMPLEMENTED', message.wire_name)
        return lambda call, *parameters: act(*parameters)

    def _write(self, message, result):
        if message.result == 'void':
            return ''
        write = values.writer(message.result, self._pool.signatures.release)
        return write(result)
