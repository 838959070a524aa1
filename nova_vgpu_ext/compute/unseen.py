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

"""What changes on a host while a snapshot of it is being taken.

A driver takes a snapshot before the resource tracker's lock is held. An
instance that starts or stops in between would be shown as it was before.
"""

import contextlib
import threading


class UnseenChanges:
    """For each audit under way, what VMs hold since it began.

    ``note`` is called under the resource tracker's lock, and so is ``onto``.
    """

    def __init__(self):
        self._audits = {}
        self._mine = threading.local()

    @contextlib.contextmanager
    def collected(self):
        """Collect for the audit of this thread, from before its snapshot."""
        changes = {}
        self._mine.changes = changes
        self._audits[id(changes)] = changes
        try:
            yield
        finally:
            del self._audits[id(changes)]
            del self._mine.changes

    def note(self, nodename, owner, residents):
        """An owner's VM holds these from now on."""
        for changes in tuple(self._audits.values()):
            changes[nodename, owner] = residents

    def onto(self, nodename, books):
        """The books of a snapshot, with what it can not have seen."""
        changes = getattr(self._mine, 'changes', {})
        for (node, owner), residents in changes.items():
            if node == nodename:
                books = books.holding(owner, residents)
        return books
