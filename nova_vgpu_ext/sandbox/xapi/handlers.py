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

"""What the classes that answer XAPI's calls have in common."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Call:
    """Who has called what where.

    :ivar method: without ``Async.``
    :ivar session: reference, or None for the calls that need none
    :ivar host: reference of the pool member that was called
    :ivar task: reference of the task, or None for a synchronous call
    """

    method: str
    session: str | None
    host: str
    task: str | None = None


class Handlers:
    """The calls of one XAPI class that aren't plain access to a field.

    A method has the name of XAPI's message and takes the Call and the
    message's parameters; it runs while the pool's lock is held.
    """

    def __init__(self, pool):
        self.pool = pool
        self.db = pool.db
