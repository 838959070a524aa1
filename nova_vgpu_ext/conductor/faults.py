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

"""What a conductor knows of refused vGPUs reaches the user.

After the last retry of a boot, it knows from nova-compute why the last host
refused, but forgets it before it says that there are no more hosts:
populate_retry takes it away. When a server can't be resized or migrated, it
tells no more than that no host was found.
"""

import functools
import threading

from nova import exception

from nova_vgpu_ext import refusals

_last = threading.local()


def keeps_reason(stock):
    """Remember why the last host refused, for this request.

    :param stock: nova.scheduler.utils.populate_retry, which a conductor
        calls in the thread of the request, at its beginning
    """

    @functools.wraps(stock)
    def populate_retry(filter_properties, instance_uuid):
        retry = filter_properties.get('retry') or {}
        _last.refusal = instance_uuid, retry.get('exc_reason')
        return stock(filter_properties, instance_uuid)

    return populate_retry


def tells_reason(stock):
    """Put what was remembered into the fault of the instance.

    :param stock: ComputeTaskManager._set_vm_state_and_notify
    """

    @functools.wraps(stock)
    def set_vm_state_and_notify(
        self, context, instance_uuid, method, updates, ex, request_spec
    ):
        if isinstance(ex, exception.MaxRetriesExceeded):
            ex = _with_reason(ex, instance_uuid)
        return stock(
            self, context, instance_uuid, method, updates, ex, request_spec
        )

    return set_vm_state_and_notify


def tells_why_not_moved(stock):
    """Put the scheduler's reason into what a refused move says.

    :param stock: ComputeTaskManager._cold_migrate, which raises a new
        NoValidHost while it handles the scheduler's
    """

    @functools.wraps(stock)
    def cold_migrate(self, context, instance, *args, **kwargs):
        try:
            return stock(self, context, instance, *args, **kwargs)
        except exception.NoValidHost as ex:
            told = refusals.told_in(str(ex.__context__ or ''))
            if told is None:
                raise
            raise exception.NoValidHost(
                reason=f'{ex.kwargs["reason"]}: {told}.'
            ) from None

    return cold_migrate


def _with_reason(ex, instance_uuid):
    owner, reason = getattr(_last, 'refusal', (None, None))
    told = refusals.told_in(reason or '')
    if owner != instance_uuid or told is None:
        return ex
    # In front, since the text of a fault is cut at its end.
    return exception.MaxRetriesExceeded(
        reason=f'The last host refused: {told}. {ex.kwargs["reason"]}'
    )
