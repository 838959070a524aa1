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

"""Let Nova 33's functional fixtures run with native threads.

Nova 33's services can run without eventlet, but its functional fixtures were
written for it. Nova 34 adapted them; what is here does the same for 33.
"""

import collections
import contextlib
import threading

from nova.tests.fixtures import notifications
from oslo_db.sqlalchemy import enginefacade


def adapt():
    """Change the fixtures of the running process. Call it once."""
    # A notifier knows the test that sent a notification by the parents of
    # the current greenlet. A thread has none: take the test it belongs to.
    notifications.FakeVersionedNotifier._get_sender_test_case_id = (
        lambda self: self.test_case_id
    )
    _one_transaction_at_a_time()


def _one_transaction_at_a_time():
    # The databases are in memory, each behind a single connection, which
    # can't hold the transactions of two threads at once.
    guard = threading.Lock()
    locks = collections.defaultdict(threading.RLock)
    contexts = enginefacade._TransactionContextManager
    original = contexts._transaction_scope

    @contextlib.contextmanager
    def locked(manager, context):
        with guard:
            lock = locks[id(manager._root)]
        with lock, original(manager, context) as resource:
            yield resource

    contexts._transaction_scope = locked
