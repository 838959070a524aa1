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

"""Let several schedulers race for the vGPUs of many hosts.

    python -m tests.race [--mode off|on|exact|traffic] [--hosts N]
                         [--rounds N] [--clients N] [--schedulers N] ...

It shows that with any number of schedulers there is no overcommit and no
false refusal. Many clients boot in a sandbox with hosts of mixed cards, each
until what it wants is refused; then a random half is deleted, and the cloud
is filled anew. Each mode is played in a cloud of its own, see modes.py. All
schedulers are in one process and yet know of each other's choices only what
the database tells, see server.py.

Everything is judged by a log that the cloud keeps, and by arithmetic of its
own. A boot was refused falsely if one host had room for its model from the
client's request to the time when the instance had an error, without a break.
A vGPU takes room from the moment the resource tracker grants its claim, as
what is promised is taken, until the hypervisor has ended the VM.

The last line reads "N violations"; the exit status is 0 only if N is 0.
"""

import argparse
import concurrent.futures
import random
import sys
import time

from tests.race import judge
from tests.race import modes
from tests.race import report


def _options(argv):
    parser = argparse.ArgumentParser(
        prog='./run race',
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        '--mode',
        choices=modes.MODES,
        action='append',
        help='may be given several times; all if it is left out',
    )
    parser.add_argument(
        '--seed',
        type=int,
        default=random.randrange(1_000_000),
        help='what the clients ask for in their turn',
    )
    for name, default, text in (
        ('hosts', 32, 'how many there are'),
        ('rounds', 5, 'how often the cloud is filled'),
        ('clients', 16, 'that boot at once'),
        ('schedulers', 4, 'that work at once'),
        ('models', 3, 'that each client asks for in a round'),
        ('attempts', 10, 'nova.conf: [scheduler] max_attempts'),
        ('retries', 100, 'the least without Placement, in mode off'),
        ('writes', 30, 'of others in Placement, each second'),
        ('jobs', 2, 'modes that are played at once'),
    ):
        parser.add_argument(f'--{name}', type=int, default=default, help=text)
    return parser.parse_args(argv)


def _played(wanted, options):
    """(mode, modes.Played) of each, in order."""
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        games = [pool.submit(modes.play, mode, options) for mode in wanted]
        for mode, game in zip(wanted, games, strict=True):
            yield mode, game.result()


def main(argv):
    options = _options(argv)
    begun = time.monotonic()
    judged = {}
    wanted = options.mode or modes.MODES
    # In traffic, time counts: nothing is played beside it.
    alone = [mode for mode in wanted if mode == modes.TRAFFIC]
    others = [mode for mode in wanted if mode != modes.TRAFFIC]
    for at_once in (others, alone):
        for mode, played in _played(at_once, options):
            judged[mode] = judge.Judged(played, options)
            report.show(judged[mode])
    wrong = list(judge.compared(judged))
    for sentence in wrong:
        print(f'WRONG: {sentence}')
    for one in judged.values():
        wrong += one.wrong
        if not one.wrong:
            modes.throw_away(one.played)
    print(f'Seed {options.seed}, {time.monotonic() - begun:.0f} s')
    print(f'{len(wrong)} violations')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
