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

"""What the fake hypervisor remembers, in a file of its host.

Beside the file lies a log, one JSON object a line, of all that happened.
"""

import dataclasses
import json
import os

RUNNING = 'running'
PAUSED = 'paused'
HALTED = 'halted'
SUSPENDED = 'suspended'
CRASHED = 'crashed'
INCOMING = 'incoming'  # by live migration; not running here yet

# As in XAPI, a VM that isn't started holds no vGPU.
HOLDING = (RUNNING, PAUSED, INCOMING)

_VERSION = 1


class InvalidStateFile(ValueError):
    """A state file that can't be used; one sentence says why."""


@dataclasses.dataclass(frozen=True)
class VM:
    """A virtual machine, Nova's or somebody else's.

    :ivar vgpus: tuple of (type identifier, pGPU id) that it holds, in
        device order
    """

    uuid: str
    name: str
    state: str
    foreign: bool = False
    vgpus: tuple = ()


@dataclasses.dataclass(frozen=True)
class State:
    """All that differs from a host that was just plugged together.

    :ivar vms: {uuid: VM}
    :ivar pulled: ids of pGPUs that were taken out
    :ivar disabled: of (pGPU id, type identifier)
    :ivar renamed: {type identifier: its new name}
    :ivar sequence: number of the last event
    """

    vms: dict = dataclasses.field(default_factory=dict)
    pulled: frozenset = frozenset()
    disabled: frozenset = frozenset()
    renamed: dict = dataclasses.field(default_factory=dict)
    sequence: int = 0


class StateFile:
    """Where the state of one host is kept.

    :param path: of a file that need not exist yet
    """

    def __init__(self, path):
        self.path = path
        self.log_path = f'{os.path.splitext(path)[0]}.log'

    def read(self):
        """The State last written.

        :raises InvalidStateFile: if the file can't be understood
        """
        try:
            with open(self.path, encoding='utf-8') as file:
                return _state(json.load(file))
        except FileNotFoundError:
            return State()
        except OSError as error:
            raise InvalidStateFile(
                f'State file {self.path} of the fake hypervisor can not be '
                f'read ({error.strerror}): let the user that runs this '
                'process read it.'
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidStateFile(
                f'State file {self.path} of the fake hypervisor is damaged: '
                'remove it to start with an empty host.'
            ) from error

    def write(self, state, event):
        """Keep a new State, and log the event that led to it.

        The file is replaced whole: a crash leaves the old or the new one.

        :raises InvalidStateFile: if the file can't be written
        """
        try:
            self._replace(json.dumps(_plain(state), indent=1))
            with open(self.log_path, 'a', encoding='utf-8') as log:
                line = json.dumps({'sequence': state.sequence, **event})
                log.write(f'{line}\n')
        except OSError as error:
            raise InvalidStateFile(
                f'State file {self.path} of the fake hypervisor can not be '
                f'written ({error.strerror}): let [DEFAULT] state_path be a '
                'directory where the user that runs this process may write.'
            ) from error

    def _replace(self, text):
        temporary = f'{self.path}.new'
        with open(temporary, 'w', encoding='utf-8') as file:
            file.write(text)
        os.replace(temporary, self.path)

    def events(self):
        """What was logged, the oldest first."""
        try:
            with open(self.log_path, encoding='utf-8') as log:
                return [json.loads(line) for line in log]
        except FileNotFoundError:
            return []


def _plain(state):
    return {
        'version': _VERSION,
        'sequence': state.sequence,
        'vms': [dataclasses.asdict(vm) for vm in state.vms.values()],
        'pulled': sorted(state.pulled),
        'disabled': sorted(state.disabled),
        'renamed': state.renamed,
    }


def _state(plain):
    if plain['version'] != _VERSION:
        raise ValueError(f'version {plain["version"]!r}')
    return State(
        vms={vm['uuid']: _vm(vm) for vm in plain['vms']},
        pulled=frozenset(plain['pulled']),
        disabled=frozenset(map(tuple, plain['disabled'])),
        renamed=dict(plain['renamed']),
        sequence=int(plain['sequence']),
    )


def _vm(plain):
    vgpus = tuple((identifier, pgpu) for identifier, pgpu in plain['vgpus'])
    return VM(**{**plain, 'vgpus': vgpus})
