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

"""What is printed of a mode."""

from tests.race import modes

_TITLES = {
    modes.OFF: 'Mixed models, Placement off',
    modes.ON: 'Mixed models, Placement on',
    modes.EXACT: 'A single model, Placement on',
    modes.TRAFFIC: 'Mixed models, Placement on, traffic of others',
}
_LINE = '{:>7}{:>7}{:>9}{:>7}{:>9}{:>7}{:>9}'


def show(judged):
    """Print the figures of a judge.Judged."""
    played, options = judged.played, judged.options
    print(f'== {_TITLES[played.mode]} ({played.mode})')
    _show_rounds(judged)
    requests = sorted(judged.handled.items())
    print(
        f'{len(played.fleet.hosts)} hosts, {options.clients} clients; '
        f'requests of each scheduler {[n for _, n in requests]}, '
        f'{judged.at_once} schedulers at once'
    )
    print(f'retries: {judged.retries}, {judged.retries_per_boot:.3f} per boot')
    for reason, number in judged.reasons.most_common():
        print(f'{number:>7} refused: {reason}')
    print(f'overcommitted: {len(judged.history.overcommitted)}')
    print(f'claimed, but refused by the hypervisor: {len(judged.broken)}')
    print(f'false refusals: {len(judged.false)}')
    _show_placement(judged)
    for sentence in judged.wrong:
        print(f'WRONG: {sentence}')
    if judged.wrong:
        print(f'The files of the cloud are in {played.root}.')
    print(flush=True)


def _show_rounds(judged):
    """What was given out, beside what one scheduler would give out."""
    print(
        _LINE.format(
            *('round', 'boots', 'granted', 'bound'),
            *('refused', 'alive', 'seconds'),
        )
    )
    total = [0, 0, 0, 0]
    for number, (one, bound) in enumerate(
        zip(judged.played.rounds, judged.bounds(), strict=True), start=1
    ):
        granted = sum(boot.granted for boot in one.boots)
        refused = len(one.boots) - granted
        counts = [len(one.boots), granted, bound, refused]
        total = [a + b for a, b in zip(total, counts, strict=True)]
        print(_LINE.format(number, *counts, one.alive, f'{one.seconds:.0f}'))
    print(_LINE.format('all', *total, '', ''))


def _show_placement(judged):
    writes, flushes = judged.writes, judged.flushes
    longest = f'{max(flushes):.2f} s' if flushes else '-'
    print(
        f'inventory writes: {sum(writes.values())}, of which '
        f'{writes[True]} met a conflict; longest delay of a flush: {longest}'
    )
    agreed = judged.played.agreed
    if agreed:
        print(
            'Placement and the books agreed '
            f'{", ".join(f"{seconds:.1f}" for seconds in agreed)} s after '
            'the last change'
        )
    elif judged.played.mode != modes.OFF:
        print('Placement and the books were not compared')
    traffic = judged.played.traffic
    if traffic is not None:
        rate = traffic['written'] / traffic['seconds']
        print(
            f'traffic: {rate:.1f} writes a second, '
            f'{traffic["conflicts"]} conflicts'
        )
