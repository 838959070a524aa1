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

"""The errors that a XAPI server answers with."""


class Failure(Exception):
    """A call that XAPI refuses.

    :ivar details: the error's code, then its parameters, all texts
    """

    def __init__(self, code, *parameters):
        self.details = [code, *(str(parameter) for parameter in parameters)]
        super().__init__(*self.details)

    @property
    def code(self):
        """The error's name."""
        return self.details[0]


def internal(message):
    """What XAPI makes of an OCaml exception that it doesn't foresee."""
    return Failure('INTERNAL_ERROR', message)


def untyped(message):
    """A value that can't be read as the type that the signature says.

    XAPI has an error FIELD_TYPE_ERROR, but not for this.
    """
    return internal(f'Failure("{message}")')
