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

"""How operations ended, as Nova tells it afterwards."""

import re
import typing

from tests.storm import kinds

OK = 'ok'
REFUSED = 'refused'
FAILED = 'failed'
NOT_ACCEPTED = 'not accepted'
RESULTS = (OK, REFUSED, FAILED)

_UUID = re.compile('[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')

# There is no room.
_FULL = (
    'No valid host was found',
    'Exceeded maximum number of retries',
    'not enough vGPUs',
)
# Somebody else did something to the same server. To some of this, the API
# answers with the status 500.
_CROSSED = (
    'Conflict updating instance',
    'Instance UUID could not be found',
    'HANDLE_INVALID',
    'UnexpectedDeletingTaskStateError',
    'UnexpectedTaskStateError',
    # What a resize that is confirmed twice at once comes to.
    'get_pci_mapping_for_migration',
)


class Outcome(typing.NamedTuple):
    """How an operation ended.

    :ivar result: OK; REFUSED for a fair reason; or FAILED
    :ivar reason: in a few words, '' if all went well
    """

    result: str
    reason: str


def of_all(api, sent, chosen):
    """{name of a kind: Outcomes of its operations}

    :param sent: list of clients.Sent, in a cloud that is quiet
    :param chosen: the kinds
    """
    ended = {kind.name: [] for kind in chosen}
    for one in sent:
        ended[one.kind].append(_of(api, one))
    return ended


def _of(api, sent):
    if sent.status >= 500:
        return _of_error(sent.kind, f'HTTP {sent.status}: {sent.text}')
    if sent.status >= 400:
        return Outcome(REFUSED, f'{NOT_ACCEPTED}, HTTP {sent.status}')
    path = f'/servers/{sent.server}/os-instance-actions/{sent.request}'
    action = api.get(path)
    if action is None:
        return Outcome(REFUSED, 'deleted before it was built')
    events = action['instanceAction']['events']
    if not events:
        # The API itself deletes what is on no host.
        begun = sent.kind in kinds.DELETIONS
        return Outcome(OK, '') if begun else Outcome(REFUSED, 'never begun')
    for event in events:
        if event['result'] == 'Error':
            text = f'{event["details"]} {event["traceback"]}'
            return _of_error(sent.kind, text)
    if all(event['result'] for event in events):
        return Outcome(OK, '')
    return _of_fault(sent.kind, api.get(f'/servers/{sent.server}'))


def _of_fault(kind, answer):
    """Of what was tried on several hosts: Nova ends only the first event."""
    if answer is None:
        return Outcome(REFUSED, 'tried anew, and deleted')
    fault = answer['server'].get('fault')
    return _of_error(kind, fault['message']) if fault else Outcome(OK, '')


def _of_error(kind, details):
    details = _UUID.sub('UUID', details)
    for words in (*_CROSSED, *(_FULL if kind in kinds.SEEKING else ())):
        if words in details:
            return Outcome(REFUSED, words)
    return Outcome(FAILED, details)
