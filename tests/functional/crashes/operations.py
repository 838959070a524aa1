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
"""What crashes interrupt: making, resizing and deleting an instance."""

import typing

K260Q = 'GRID K260Q'
K240Q = 'GRID K240Q'
SMALL = {f'vgpus:{K260Q}': '1'}
LARGE = {f'vgpus:{K240Q}': '2'}


def boot(cloud, server):
    return cloud.post(cloud.small)


def resize(cloud, server):
    cloud.act(server, {'resize': {'flavorRef': cloud.large}})


def confirm(cloud, server):
    cloud.act(server, {'confirmResize': None})


def revert(cloud, server):
    cloud.act(server, {'revertResize': None})


def delete(cloud, server):
    cloud.delete(server)


class Operation(typing.NamedTuple):
    """Something done to an instance.

    :ivar before: what is done first, while no service crashes
    :ivar hosts: of the cloud; the instance is made on the first one
    """

    name: str
    action: typing.Callable
    before: tuple = ()
    hosts: tuple = ('a', 'b')


ALONE = ('a',)
ALL = (
    Operation('spawn', boot),
    Operation('resize', resize, (boot,)),
    Operation('confirm', confirm, (boot, resize)),
    Operation('revert', revert, (boot, resize)),
    Operation('resize on the same host', resize, (boot,), ALONE),
    Operation('confirm on the same host', confirm, (boot, resize), ALONE),
    Operation('revert on the same host', revert, (boot, resize), ALONE),
    Operation('destroy', delete, (boot,)),
    Operation('destroy while resized', delete, (boot, resize)),
)
