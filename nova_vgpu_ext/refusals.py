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

"""What a user reads who gets no vGPU.

It names the models and how many were asked for; never a host, and how many
are free only where the operator wants that, since it tells of others' use.
"""

import re

from nova_vgpu_ext import request

BEGINNING = 'not enough vGPUs'

# Nova cuts the text of a fault at 255 characters, with its own beginning.
_MOST = 200
_CUT = '...'

_TOLD = re.compile(
    BEGINNING + r'(?: for each of \d+ instances)?: (?P<wanted>[^;]*).*',
    re.DOTALL,
)
# What Nova goes on with, when there is no host left to try.
_AFTER = re.compile(r'\. (?:Exhausted all|Exceeded max) ')
# Where XenServer itself refuses, it blames models without a count.
_ITEM = re.compile(r'(?:\d+ x )?(.+)')


def sentence(wanted, count=1, most=None):
    """Most of a sentence: a beginning and a full stop are the caller's.

    :param wanted: the VGPURequest of one instance
    :param count: of instances
    :param most: {canonical key: how many are free where most are}, to tell
        that too
    """
    each = f' for each of {count} instances' if count > 1 else ''
    text = f'{BEGINNING}{each}: {wanted}'
    if most is not None:
        free = request.VGPURequest(tuple(most.items()), wanted.spelled)
        text += f'; no host has more free than {free}'
    if len(text) > _MOST:
        text = text[: _MOST - len(_CUT)] + _CUT
    return text


def told_in(message):
    """The sentence that a message contains, None if it has none."""
    found = _TOLD.search(message)
    return found and _without_stop(found[0])


def models_in(message):
    """The names of the models that a message refuses, as a tuple.

    Empty if it is about something else. Where the message was cut, a model
    that is not named whole is left out.
    """
    found = _TOLD.search(message)
    if not found:
        return ()
    items = _AFTER.split(found['wanted'])[0].split(', ')
    if items[-1].endswith(_CUT):
        items.pop()
    named = (_ITEM.fullmatch(_without_stop(item)) for item in items)
    return tuple(item[1] for item in named if item)


def _without_stop(text):
    return text if text.endswith(_CUT) else text.removesuffix('.')
