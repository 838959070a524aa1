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

"""Where the books of a host and what runs there don't agree.

What can be mended without asking anybody is mended by the resource tracker
and the drivers at the next audit or start. The rest is told here.
"""

import typing


class Finding(typing.NamedTuple):
    """Something that an administrator should know.

    :ivar kind: ``orphan``, ``lost``, ``gone``, ``renamed`` or ``short``
    :ivar instance: uuid of the instance that it is about, if it is one
    :ivar model: as people know it
    :ivar text: what is wrong and what to do, one or two sentences
    """

    kind: str
    instance: str | None
    model: str
    text: str


def of_books(books):
    """The Findings of a capacity.HostVGPUs, as a tuple without repetition."""
    found = (
        *_orphans(books),
        *_lost(books),
        *_gone(books),
        *_renamed(books),
        *_short(books),
    )
    return tuple(dict.fromkeys(found))


def _orphans(books):
    """vGPUs of VMs that bear an instance's uuid, but nobody claims them."""
    for resident in books.residents:
        owner = resident.owner
        if owner is not None and owner not in books.claimed:
            model = books.names.shown(resident.model)
            yield Finding(
                'orphan',
                owner,
                model,
                f'A VM of instance {owner} holds the vGPU model '
                f'{model} on pGPU {resident.pgpu}, but Nova has no such '
                'instance on this host. If it was deleted or has moved, '
                'destroy the VM.',
            )


def _lost(books):
    for claim in books.pending:
        if claim.owner in books.running:
            model = _model(books, claim)
            yield Finding(
                'lost',
                claim.owner,
                model,
                f'Instance {claim.owner} runs without the vGPU model {model} '
                'that it should have. A hard reboot gives it back.',
            )


def _gone(books):
    for claim in books.claims:
        if not claim.group:
            yield Finding(
                'gone',
                claim.owner,
                claim.key,
                f'Instance {claim.owner} has a vGPU model {claim.key}, which '
                'this host does not have, so it can not start here. If the '
                'model has another name now, set [vgpus] model_aliases.',
            )


def _renamed(books):
    for claim in books.claims:
        if claim.group and claim.model not in books.names.models_of(claim.key):
            model = _model(books, claim)
            yield Finding(
                'renamed',
                claim.owner,
                model,
                f'The vGPU model that instance {claim.owner} asked for as '
                f'{claim.key} is {model} now. Set [vgpus] model_aliases, so '
                'that flavors with the former name find it.',
            )


def _short(books):
    for shortage in books.shortages:
        if shortage.group:
            pgpus = ', '.join(shortage.pgpus) or 'none left'
            vms = ', '.join(shortage.vms) or 'none'
            yield Finding(
                'short',
                None,
                shortage.model,
                'Not all instances that have the vGPU model '
                f'{shortage.model} can run on this host. pGPUs: {pgpus}. '
                f'Foreign VMs that hold vGPUs there: {vms}.',
            )


def _model(books, claim):
    return books.names.shown(claim.model) if claim.model else claim.key
