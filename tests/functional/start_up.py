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

"""Run the start-up code of a Nova program and say what it has loaded.

    python start_up.py PROGRAM NOVA_CONF

It is run by the Python of a virtual environment of its own, so it imports
nothing of the tests. The program is stopped where it would begin its work.
The last line of the output is "extended" or "stock".
"""

import inspect
import os
import sys
from unittest import mock


class Started(BaseException):
    """Raised in place of the program's work."""


def service(module):
    __import__(module)
    with mock.patch('nova.service.Service.create', side_effect=Started):
        sys.modules[module].main()


def api():
    from nova.api.openstack import wsgi_app

    start = wsgi_app.init_application
    # Nova 34 wants the program's name as well.
    named = 'prog' in inspect.signature(start).parameters
    with mock.patch.object(wsgi_app, '_setup_service', side_effect=Started):
        start('osapi_compute', *(['nova-api'] if named else []))


def manage():
    from nova.cmd import manage

    with mock.patch('nova.cmd.common.get_action_fn', side_effect=Started):
        manage.main()


PROGRAMS = {
    'nova-api': api,
    'nova-compute': lambda: service('nova.cmd.compute'),
    'nova-conductor': lambda: service('nova.cmd.conductor'),
    'nova-manage': manage,
    'nova-scheduler': lambda: service('nova.cmd.scheduler'),
}


def main(program, nova_conf):
    sys.argv = [program, '--config-file', nova_conf]
    if program == 'nova-manage':
        sys.argv += ['db', 'version']
    if program == 'nova-api':
        # A WSGI server has arguments of its own.
        os.environ['OS_NOVA_CONFIG_DIR'] = os.path.dirname(nova_conf)
        del sys.argv[1:]
    try:
        PROGRAMS[program]()
    except Started:
        from nova import objects

        extended = 'vgpus' in objects.ComputeNode.fields
        print('extended' if extended else 'stock')
    # Threads of the program may still be there, and would hold the exit.
    sys.stdout.flush()
    os._exit(0)


if __name__ == '__main__':
    main(*sys.argv[1:])
