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


"""What goes wrong between Nova and XenServer.

Users may see these errors as the fault of their instance. They tell what
failed, and leave hosts, references and parameters to the log.
"""

from nova import exception


class InvalidSettings(exception.NovaException):
    """The configuration can't be used; one sentence says how to mend it."""

    msg_fmt = '%(reason)s'


class XenServerError(exception.NovaException):
    """A call didn't do what it should."""


class Unreachable(exception.HypervisorUnavailable):
    """Nobody answers, or nobody lets us in; the call was not made.

    :ivar sentence: why, for the operator alone
    """

    def __init__(self, sentence):
        super().__init__()
        self.sentence = sentence


class ConnectionBroke(XenServerError):
    """It isn't known whether XenServer did what it was asked to."""

    msg_fmt = (
        'The connection to XenServer broke during %(method)s (%(reason)s), '
        'so that it is not known whether this was done.'
    )


class Refused(XenServerError):
    """XenServer answered a call with an error.

    :ivar refusal: code of the error, for example ``SR_FULL``
    :ivar parameters: of the error, as a list of strings
    """

    msg_fmt = 'XenServer refused %(method)s with %(refusal)s.'

    def __init__(self, method, details):
        self.refusal = details[0] if details else 'no reason'
        self.parameters = [str(value) for value in details[1:]]
        # Not "code", which Nova takes for a number as in HTTP.
        super().__init__(method=method, refusal=self.refusal)


class NotYet(exception.NovaException, NotImplementedError):
    """Something that this driver can't do.

    Nova takes a NotImplementedError to mean that nothing has happened, and
    leaves the instance in the state that it had.
    """

    msg_fmt = 'The XenServer driver can not %(what)s yet.'
