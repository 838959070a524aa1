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

"""What became of a boot."""

import typing


class Boot(typing.NamedTuple):
    """A boot from the request to its end.

    :ivar server: uuid
    :ivar asked: when the client sent the request
    :ivar ended: when the instance became active or had an error
    :ivar granted: which of both
    """

    server: str
    model: str
    asked: float
    ended: float
    granted: bool
