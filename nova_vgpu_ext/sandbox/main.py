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

"""The command ``nova-vgpu-sandbox``."""

import argparse
import sys

from nova_vgpu_ext.sandbox import demo
from nova_vgpu_ext.sandbox import errors
from nova_vgpu_ext.sandbox import hypervisors
from nova_vgpu_ext.sandbox import up

PORT = 18774


def main(argv=None):
    """Run the command; return its exit status."""
    options = parser().parse_args(argv)
    try:
        return options.run(options)
    except errors.SandboxError as error:
        print(error, file=sys.stderr)
        return 1


def parser():
    """The parser of the command line."""
    top = argparse.ArgumentParser(
        prog='nova-vgpu-sandbox',
        description='A whole cloud with GPUs in one process, to try things '
        'in: Nova and Placement are real, the rest are stand-ins.',
    )
    commands = top.add_subparsers(required=True, metavar='COMMAND')
    _add_up(commands)
    _add_demo(commands)
    return top


def _add_up(commands):
    command = commands.add_parser(
        'up', help='run a cloud until Ctrl-C', description=up.__doc__
    )
    _add_common(command, PORT)
    command.add_argument(
        '--hosts',
        metavar='FILE',
        help='YAML file: each host with the list of its cards (default: '
        'the hosts of the last start in the directory, or four hosts of '
        'different kinds)',
    )
    command.add_argument(
        '--stop-with-stdin', action='store_true', help=argparse.SUPPRESS
    )
    command.set_defaults(run=up.run)


def _add_demo(commands):
    command = commands.add_parser(
        'demo',
        help='run a cloud and show what the extension does in it',
        description=demo.__doc__,
    )
    _add_common(command, 0)
    command.set_defaults(run=demo.run)


def _add_common(command, port):
    command.add_argument(
        '--driver',
        choices=hypervisors.DRIVERS,
        help='what the computes drive: simulated XenServer hosts, or '
        "Nova's fake driver with GPUs (default: that of the last start in "
        f'the directory, or else {hypervisors.DRIVERS[0]})',
    )
    command.add_argument(
        '--dir',
        metavar='DIR',
        help='directory to keep the state in (default: a temporary one, '
        'thrown away at the end)',
    )
    command.add_argument(
        '--port',
        type=_port,
        default=port,
        help='port on 127.0.0.1, the simulated hosts have the next ones; 0 '
        'for any that are free (default: %(default)s)',
    )


def _port(text):
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(
            f'{text!r} is no port: give a number from 0 to 65535'
        )
    return int(text)


if __name__ == '__main__':
    sys.exit(main())
