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

"""Why a host can't have what a flavor asks for, for administrators.

What users read is in nova_vgpu_ext.refusals: it names no host and tells of
nobody's use. The answers here are those of the books, which filter and claim
ask too.
"""

import dataclasses

NO_GPUS = 'The host reports no GPUs.'
_PROMISED = (
    'it would start now, but then instances that are stopped, on their way '
    'or just started might not get the vGPUs promised to them.'
)


def fits(books, wanted):
    """Do all vGPUs of a request fit on a host?

    :param books: its HostVGPUs, None if it reports none
    """
    return books is not None and books.fits(wanted)


def of_host(books, wanted):
    """Why a host can't have a request, in one sentence; None if it can.

    :param books: its HostVGPUs, None if it reports none
    :param wanted: a VGPURequest
    """
    if not wanted or fits(books, wanted):
        return None
    if books is None:
        return NO_GPUS
    return (
        _first(_not_offered, books, wanted)
        or _too_much(books, wanted)
        or _first(_taken, books, wanted)
        or _together(books, wanted)
    )


def unknown_models(all_books, wanted):
    """The models of a request, as it spells them, that no host has.

    :param all_books: HostVGPUs of the hosts; None for one without GPUs
    """
    known = [books for books in all_books if books is not None]
    return [
        wanted.spelled.get(key, key)
        for key, _ in wanted.items
        if not any(books.names.models_of(key) for books in known)
    ]


def nowhere(names):
    """What to say of models that no host has.

    :param names: of at least one model
    """
    models = 'model' if len(names) == 1 else 'models'
    return (
        f'No host has the vGPU {models} {", ".join(names)}: see which there '
        'are, or set [vgpus] model_aliases if the name has changed.'
    )


def _first(reason, books, wanted):
    """The first reason that one of the models alone gives."""
    for key, count in wanted.items:
        alone = dataclasses.replace(wanted, items=((key, count),))
        found = reason(books, alone, key, wanted.spelled.get(key, key))
        if found:
            return found
    return None


def _not_offered(books, alone, key, name):
    identifiers = frozenset(books.names.models_of(key))
    if not identifiers:
        return f'The host has no vGPU model {name}.'
    if _most(books, key):
        return None
    if not any(m.offered for m in books.models if m.identifier in identifiers):
        return (
            f'The vGPU model {name} is held back on the host: its [vgpus] '
            'enabled_models does not name it.'
        )
    enabled = [pgpu for pgpu in books.pgpus if identifiers & pgpu.models]
    if enabled and all(pgpu.reserved for pgpu in enabled):
        return (
            f'All physical GPUs of the host that have the vGPU model {name} '
            'are held back by [vgpus] reserved_pgpus.'
        )
    return f'No physical GPU of the host has the vGPU model {name} enabled.'


def _most(books, key):
    """How many of what a key means the empty host has."""
    return sum(books.most[model] for model in books.names.models_of(key))


def _too_much(books, wanted):
    empty = dataclasses.replace(books, residents=(), claims=(), running=())
    if empty.fits(wanted):
        return None
    return f'Even with nothing on it, the host could not give one VM {wanted}.'


def _taken(books, alone, key, name):
    if books.fits(alone):
        return None
    free, most = books.free_of(key), _most(books, key)
    told = f'Of the vGPU model {name}, {free} of {most} are free'
    ((_, count),) = alone.items
    if free >= count:
        return f'{told}, but not {count} that one VM may have together.'
    told += f', and {count} asked for'
    return f'{told}: {_PROMISED}' if books.startable(alone) else f'{told}.'


def _together(books, wanted):
    told = f'Each of the models would fit alone, but not {wanted} together'
    return f'{told}: {_PROMISED}' if books.startable(wanted) else f'{told}.'
