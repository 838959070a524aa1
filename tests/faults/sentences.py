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

"""Whether errors are what users and operators should read."""

import re

from nova import exception

# What a class says of itself where nobody has made it a sentence.
_NAME = re.compile(r'\w+\Z')
_PRIVATE = re.compile(r'OpaqueRef|127\.0\.0\.1|Traceback')

# Who logs what a driver raises. Others have troubles of their own: Nova's
# double of Neutron stumbles over ports that are unbound twice.
_LOGGERS = (
    'nova.compute',
    'nova.conductor',
    'nova_vgpu_ext',
    'oslo_messaging',
)


def unclean(cloud):
    """Sentences on the errors of an operation.

    What users see must be a sentence without references and addresses; what
    was raised must be made for being raised.
    """
    for text in cloud.told():
        text = text.strip()
        if _NAME.match(text) or '\n' in text or _PRIVATE.search(text):
            yield f'users are told: {text!r}'
    for logger, error in cloud.log.exceptions:
        if logger.startswith(_LOGGERS) and not issubclass(
            error, exception.NovaException
        ):
            yield f'{error.__module__}.{error.__name__} was logged'
