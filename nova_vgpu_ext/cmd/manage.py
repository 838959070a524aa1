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

"""nova-vgpu-manage: databases and capacity, for administrators."""

import argparse
import os
import sys
from importlib import metadata

from nova_vgpu_ext.cmd import audit
from nova_vgpu_ext.cmd import capacity
from nova_vgpu_ext.cmd import database
from nova_vgpu_ext.cmd import placement
from nova_vgpu_ext.cmd import settings
from nova_vgpu_ext.db import cells

PROG = 'nova-vgpu-manage'


def main(argv=None):
    """Run the command.

    :param argv: its arguments, without its name; default: sys.argv's
    :returns: the exit code
    """
    args = make_parser().parse_args(argv)
    try:
        settings.load([PROG, *args.config])
        code = args.run(args)
        sys.stdout.flush()
    except (settings.BadConfiguration, cells.DatabaseProblem) as error:
        print(error, file=sys.stderr)
        return args.failure
    except BrokenPipeError:
        # The reader, head perhaps, has seen enough. Python would complain of
        # the same once more when it flushes the stream at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def make_parser():
    """The parser of the command line."""
    parser = argparse.ArgumentParser(
        prog=PROG,
        description='Manage the vGPU extension of Nova. It reads the '
        'configuration files that nova-manage reads.',
    )
    parser.add_argument('--version', action='version', version=_version())
    for option, metavar, text in (
        ('--config-file', 'FILE', 'read this file in place of nova.conf'),
        ('--config-dir', 'DIR', 'read all *.conf files of this directory'),
    ):
        parser.add_argument(
            option,
            dest='config',
            action=_Passed,
            default=[],
            metavar=metavar,
            help=f'{text}; may be given several times',
        )
    parser.set_defaults(failure=1)
    nouns = parser.add_subparsers(required=True, metavar='COMMAND')
    database.add_parsers(nouns)
    capacity.add_parsers(nouns)
    audit.add_parsers(nouns)
    placement.add_parsers(nouns)
    return parser


class _Passed(argparse.Action):
    """Collect an option as it was given, to hand it to oslo.config."""

    def __call__(self, parser, namespace, value, option_string=None):
        passed = [*getattr(namespace, self.dest), self.option_strings[0]]
        setattr(namespace, self.dest, [*passed, value])


def _version():
    try:
        return metadata.version('nova-vgpu-ext')
    except metadata.PackageNotFoundError:
        return 'unknown: nova-vgpu-ext is not installed'


if __name__ == '__main__':
    sys.exit(main())
