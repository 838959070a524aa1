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

"""The kinds of operations that clients do, and when they make sense."""

import typing

from nova_vgpu_ext.sandbox import image

_ON = frozenset({'ACTIVE'})
_SETTLED = _ON | {'SHUTOFF'}
_HELD = _SETTLED | {'PAUSED', 'SUSPENDED'}
_RESIZED = frozenset({'VERIFY_RESIZE'})

_MOST_AT_ONCE = 3


class Kind(typing.NamedTuple):
    """A kind of operations.

    :ivar request: given a random.Random and the flavors, it returns the
        method, the path ({} stands for the server) and the body
    :ivar states: status of servers that it is for; None: it makes servers
    :ivar weight: how often it is taken goes with the root of this
    """

    name: str
    request: typing.Callable
    states: frozenset | None
    weight: int = 1


def _boot(most):
    def request(rng, flavors):
        number = rng.randint(2, most) if most > 1 else 1
        server = {
            'name': 'storm',
            'imageRef': image.CIRROS_ID,
            'flavorRef': rng.choice(flavors),
            'networks': 'none',
            'min_count': 1,
            'max_count': number,
        }
        return 'POST', '/servers', {'server': server}

    return request


def _action(name, value=None):
    return lambda rng, flavors: ('POST', '/servers/{}/action', {name: value})


def _delete(rng, flavors):
    return 'DELETE', '/servers/{}', None


def _resize(rng, flavors):
    return _action('resize', {'flavorRef': rng.choice(flavors)})(rng, flavors)


_LIVE = {'host': None, 'block_migration': 'auto'}
_IMAGE = {'imageRef': image.CIRROS_ID}
_ANY = _HELD | _RESIZED | {'RESCUE', 'ERROR', 'BUILD', 'SHELVED_OFFLOADED'}

_EVERYWHERE = (
    Kind('boot', _boot(1), None, 16),
    Kind('boot several', _boot(_MOST_AT_ONCE), None, 9),
    Kind('delete', _delete, _ANY, 4),
    Kind('force delete', _action('forceDelete'), _ANY),
    Kind('stop', _action('os-stop'), _ON),
    Kind('start', _action('os-start'), frozenset({'SHUTOFF'})),
    Kind('soft reboot', _action('reboot', {'type': 'SOFT'}), _ON),
    Kind('hard reboot', _action('reboot', {'type': 'HARD'}), _HELD),
    Kind('pause', _action('pause'), _ON),
    Kind('unpause', _action('unpause'), frozenset({'PAUSED'})),
    Kind('rescue', _action('rescue', {}), _SETTLED),
    Kind('unrescue', _action('unrescue'), frozenset({'RESCUE'})),
    Kind('rebuild', _action('rebuild', _IMAGE), _SETTLED),
)
_FAKE_ONLY = (
    Kind('suspend', _action('suspend'), _ON),
    Kind('resume', _action('resume'), frozenset({'SUSPENDED'})),
    Kind('resize', _resize, _SETTLED, 4),
    Kind('migrate', _action('migrate'), _SETTLED, 4),
    Kind('confirm', _action('confirmResize'), _RESIZED, 2),
    Kind('revert', _action('revertResize'), _RESIZED, 2),
    Kind('live-migrate', _action('os-migrateLive', _LIVE), _ON, 4),
    Kind('shelve', _action('shelve'), _HELD),
    Kind('unshelve', _action('unshelve'), frozenset({'SHELVED_OFFLOADED'})),
)

# Those that look for room. The rest have theirs: what is stopped, for one,
# must always start again.
SEEKING = frozenset(
    ['boot', 'boot several', 'resize', 'migrate', 'live-migrate', 'unshelve']
)
DELETIONS = ('delete', 'force delete')

# By the name that the sandbox has for the driver.
KINDS = {'fake': _EVERYWHERE + _FAKE_ONLY, 'xenapi': _EVERYWHERE}
