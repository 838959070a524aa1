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

"""Allocations that nobody will claim any more.

Nova leaves some when a resize fails or a service dies. They would keep their
vGPUs from everybody until an administrator finds them.
"""

import time

from nova import exception
from nova import objects

# Seconds. Where an instance was deleted, its allocation follows in less.
_AGE = 30


class StaleAllocations:
    """Finds them, by owners who have more than they claim for some time."""

    def __init__(self):
        self._since = {}

    def among(self, context, nodename, excess):
        """Those of an excess of which nothing will come.

        :param excess: {owner: {canonical key: count}} on a node now
        :returns: the part of it that is stale
        """
        now = time.monotonic()
        since = self._since.get(nodename, {})
        since = {owner: since.get(owner, now) for owner in excess}
        self._since[nodename] = since
        return {
            owner: counts
            for owner, counts in excess.items()
            if now - since[owner] > _AGE and _is_idle(context, owner)
        }


def _is_idle(context, owner):
    """Is nothing being done to an instance, or is it gone?"""
    try:
        instance = objects.Instance.get_by_uuid(context, owner)
    except exception.InstanceNotFound:
        return True
    return instance.task_state is None
