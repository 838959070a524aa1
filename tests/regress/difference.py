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

"""What of two runs of the same tests differs, and may it?"""

import dataclasses
import pathlib

import yaml

_EXPECTED = pathlib.Path(__file__).parent / 'expected.yaml'


def expected():
    """{test id: why it can't have the same outcome with the extension}"""
    return yaml.safe_load(_EXPECTED.read_text()) or {}


def differing(stock, extended):
    """The ids, in order, of tests with another status, or only on one side.

    :param stock: {test id: status}
    :param extended: the same, with the extension
    """
    return sorted(
        name
        for name in stock.keys() | extended.keys()
        if stock.get(name) != extended.get(name)
    )


@dataclasses.dataclass(frozen=True)
class Verdict:
    """:ivar listed: ids of tests that differ, as they may
    :ivar unlisted: of those that differ and must not
    :ivar needless: of those that are listed and don't differ
    """

    listed: list
    unlisted: list
    needless: list

    @property
    def good(self):
        return not self.unlisted and not self.needless


def judge(differing, reasons):
    """
    :param differing: test ids
    :param reasons: {test id: reason} of those that may differ
    """
    return Verdict(
        listed=[name for name in differing if name in reasons],
        unlisted=[name for name in differing if name not in reasons],
        needless=sorted(reasons.keys() - set(differing)),
    )
