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

"""Instances that can't be resumed after their host has rebooted."""

import contextlib

from nova.compute import utils as compute_utils
from oslo_utils import excutils


@contextlib.contextmanager
def telling(context, instance):
    """Let the user know why an instance can't be resumed.

    Nova sets it to ERROR for any exception, which is in the log alone.
    """
    try:
        yield
    except Exception as error:
        with excutils.save_and_reraise_exception():
            compute_utils.add_instance_fault_from_exc(context, instance, error)
