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

"""Let many clients use a cloud at once, and see that nothing is left.

    python -m tests.storm [--seed N] [--operations N] [--clients N]
                          [--driver fake|xenapi]

Clients do random operations on servers that they share, in a sandbox with
six hosts. In the end all servers are deleted, and each host must have the
capacity that it had at first, of each model. The last line reads "N
violations"; the exit status is 0 only if N is 0, enough operations were
done, and some of each kind.
"""

import argparse
import concurrent.futures
import random
import sys
import time

from nova_vgpu_ext.sandbox import hypervisors
from tests import clouds
from tests.storm import books
from tests.storm import clients
from tests.storm import cloud
from tests.storm import ending
from tests.storm import kinds
from tests.storm import outcomes
from tests.storm import table


def _options(argv):
    parser = argparse.ArgumentParser(
        prog='./run storm',
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        '--seed',
        type=int,
        default=random.randrange(1_000_000),
        help='of what each client chooses',
    )
    parser.add_argument(
        '--operations', type=int, default=200, help='of all clients together'
    )
    parser.add_argument(
        '--clients', type=int, default=8, help='that work at once'
    )
    parser.add_argument(
        '--driver',
        choices=hypervisors.DRIVERS,
        default=hypervisors.FAKE,
        help='of the hosts',
    )
    return parser.parse_args(argv)


def play(layout, options):
    """Play a storm in a cloud, to the end; sentences on what was wrong."""
    api = cloud.API(layout)
    flavors = cloud.make_flavors(api, options.driver)
    end = ending.Ending(layout, api, flavors)
    chosen = kinds.KINDS[options.driver]
    storm = clients.Storm(layout, chosen, flavors, options.operations)
    with books.Watch(layout) as watch:
        _let_loose(storm, options)
        end.calm()
        ended = outcomes.of_all(api, storm.sent, chosen)
        end.clear()
    table.show(ended)
    print(
        f'{watch.samples} looks at the books meanwhile; '
        f'{cloud.found_running(layout)} servers were found running by Nova '
        'after it had deleted them'
    )
    return [
        *table.wrong(ended, options.operations),
        *sorted(watch.wrong),
        *end.wrong,
    ]


def _let_loose(storm, options):
    with concurrent.futures.ThreadPoolExecutor(options.clients) as pool:
        running = [
            pool.submit(storm.client, f'{options.seed}-{number}')
            for number in range(options.clients)
        ]
        try:
            for one in running:
                one.result()
        finally:
            storm.end()


def main(argv):
    options = _options(argv)
    begun = time.monotonic()
    with cloud.running(options.driver) as layout:
        wrong = play(layout, options)
    for text in wrong:
        print(text)
    if wrong:
        print(f'The files of the cloud are in {layout.root}.')
    else:
        clouds.throw_away(layout.root)
    print(
        f'Driver {options.driver}, seed {options.seed}, '
        f'{options.clients} clients, {len(cloud.hosts(options.driver))} '
        f'hosts, {time.monotonic() - begun:.0f} s'
    )
    print(f'{len(wrong)} violations')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
