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

"""The command ``nova-vgpu-xapi-sim``."""

import argparse
import signal
import sys

from nova_vgpu_ext.sandbox.xapi import pools
from nova_vgpu_ext.sandbox.xapi import server
from nova_vgpu_ext.virt.yaml_file import Mistake

_DEFAULT = 'k1-k2'


def main(argv=None):
    """Run the command; return its exit status."""
    options = make_parser().parse_args(argv)
    path = options.pool
    try:
        if not path.endswith(('.yaml', '.yml')):
            path = pools.path_of(path)
        pool = pools.load(path)
    except Mistake as mistake:
        print(f'Pool file {path}: {mistake}', file=sys.stderr)
        return 1
    try:
        simulator = server.Simulator(pool, _ports(pool, options.port))
    except OSError as error:
        print(
            f"A port from {options.port} on can't be had "
            f'({error.strerror}): give others by --port.',
            file=sys.stderr,
        )
        return 1
    with simulator:
        _describe(simulator)
        _wait()
    return 0


def make_parser():
    """The parser of the command line."""
    parser = argparse.ArgumentParser(
        prog='nova-vgpu-xapi-sim',
        description='A simulated pool of XenServer hosts with GPUs. It '
        'serves XenAPI on 127.0.0.1, over HTTP and HTTPS, until Ctrl-C.',
    )
    parser.add_argument(
        'pool',
        nargs='?',
        default=_DEFAULT,
        help='YAML file that describes the pool, or one that comes along: '
        f'{", ".join(pools.shipped())} (default: %(default)s)',
    )
    parser.add_argument(
        '--port',
        type=int,
        default=0,
        help='port of the first host, the others follow; 0 for any that '
        'are free (default: %(default)s)',
    )
    return parser


def _ports(pool, first):
    if not first:
        return {}
    rows = pool.db.tables['host'].values()
    return {row['uuid']: first + n for n, row in enumerate(rows)}


def _describe(simulator):
    pool = simulator.pool
    print(
        f'User {pool.settings.username}, password '
        f'{pool.settings.password}; CA certificate {simulator.ca_file}'
    )
    for host, row in pool.db.tables['host'].items():
        role = 'master' if host == pool.master else 'member'
        print(f'{row["name_label"]} ({role}): {simulator.url(row["uuid"])}')
    sys.stdout.flush()


def _wait():
    """Until Ctrl-C, or the signal that ends programs."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        signal.pause()
    except KeyboardInterrupt:
        print()


if __name__ == '__main__':
    sys.exit(main())
