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

"""A physical GPU, drawn for a terminal::

0000:05:00.0 in GRID K2  [AAAAAAAABBBBBBBB................]
  A  GRID K260Q  1ed2a5c5-7f4c-4b2e-8b0f-3a54d1d6b5b8
  B  GRID K260Q  VM desktop-1, which is not Nova's
"""

import string

_WIDTH = 32
_LETTERS = string.ascii_uppercase + string.ascii_lowercase + string.digits


def of_pgpu(pgpu):
    """The lines of a pGPU as the API has it."""
    reserved = ', held back' if pgpu['reserved'] else ''
    title = f'{pgpu["id"]} in {pgpu["group"]}{reserved}  [{_bar(pgpu)}]'
    lines = [_line(*one) for one in zip(_LETTERS, pgpu['vgpus'])]
    return '\n'.join([title, *lines])


def _bar(pgpu):
    """What is taken of a pGPU, each vGPU by its letter."""
    bar, taken = '', 0
    for letter, vgpu in zip(_LETTERS, pgpu['vgpus']):
        taken += vgpu['size']
        end = round(_WIDTH * taken / pgpu['size'])
        bar += letter * max(1, end - len(bar))
    return f'{bar:.<{_WIDTH}}'


def _line(letter, vgpu):
    holder = vgpu['server'] or f"VM {vgpu['vm']}, which is not Nova's"
    return f'  {letter}  {vgpu["model"]}  {holder}'
