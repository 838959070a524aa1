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

"""The table of all that may happen."""

import typing


class Transition(typing.NamedTuple):
    """Something that may happen.

    :ivar act: function of Life, and of a Server if it is about one; gives
        back which of the ends it came to
    :ivar stages: of the servers to which it may happen; None if to none
    :ivar states: Nova's vm_states, likewise
    :ivar claiming: whether it is about those with a claim of a process
    :ivar when: function of Life: may it happen now
    :ivar often: whether it is to be drawn more often than others, since it
        is one of many steps, of which the last would else hardly be seen
    """

    act: typing.Callable
    stages: tuple | None
    states: tuple | None
    claiming: bool
    when: typing.Callable | None
    often: bool
    ends: tuple

    def names(self):
        """Under which it counts, one for each end."""
        name = self.act.__name__
        return [f'{name}: {end}' if end else name for end in self.ends]

    def servers(self, life):
        return [
            server
            for server in life.servers
            if server.stage in self.stages
            and (self.states is None or server.vm_state in self.states)
            and not (self.claiming and server.claim is None)
        ]

    def is_possible(self, life):
        if self.when is not None and not self.when(life):
            return False
        return self.stages is None or bool(self.servers(life))

    def take(self, life):
        """Let it happen; the name under which it counts."""
        if self.stages is None:
            end = self.act(life)
        else:
            server = life.choose(self.servers(life))
            end = self.act(life, server)
        life.news += 1
        name = self.act.__name__
        return f'{name}: {end}' if end else name


TRANSITIONS = {}


def after(count):
    """Not before there was something that is worth it."""
    return lambda life: life.news >= count


def transition(
    *stages, states=None, claiming=False, when=None, often=False, ends=(None,)
):
    """Register a function as one, to happen to servers in some stages."""

    def register(act):
        TRANSITIONS[act.__name__] = Transition(
            act, stages or None, states, claiming, when, often, ends
        )
        return act

    return register


def all_ends():
    """The names under which transitions count."""
    return [name for one in TRANSITIONS.values() for name in one.names()]


def never(taken):
    """Those that were never taken, whatever their end.

    :param taken: Counter of names as of all_ends
    """
    return [
        name
        for name, one in TRANSITIONS.items()
        if not any(taken[end] for end in one.names())
    ]
