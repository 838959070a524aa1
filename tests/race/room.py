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

"""Is there room for a vGPU on a host? Arithmetic on the cards' definitions.

It shares nothing with the product's, nor with the fake hypervisor's.
Placed is {pGPU id: [type identifier]}; cards are fake_cards.HostCards.
"""


def may_share(cards, pgpu, types):
    """May these types be on one pGPU, all at once?"""
    known = [cards.types[one] for one in types]
    if any(one.passthrough for one in known) and len(known) > 1:
        return False
    for one in known:
        if any(t not in one.mixes | {one.identifier} for t in types):
            return False
        if types.count(one.identifier) > one.limit:
            return False
    return sum(one.size for one in known) <= cards.pgpus[pgpu].size


def has_room(cards, placed, waiting):
    """Can what waits be placed in some way, beside what is placed?

    :param waiting: (identifier, group id) of each; of any group if None
    """
    if not waiting:
        return True
    (first, group), *rest = waiting
    for pgpu, physical in cards.pgpus.items():
        there = [*placed.get(pgpu, ()), first]
        if (
            first in physical.types
            and group in (None, physical.group)
            and may_share(cards, pgpu, there)
            and has_room(cards, {**placed, pgpu: there}, rest)
        ):
            return True
    return False
