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

"""What must hold between the parts of a host's books."""

from nova_vgpu_ext import gpus
from nova_vgpu_ext import names

# By what each part is ordered, so that equal books are equal values. Some
# fields hold None or sets, which Python can't order.
ORDERS = {
    'models': lambda model: model.identifier,
    'groups': lambda group: group.id,
    'pgpus': lambda pgpu: pgpu.id,
    'residents': lambda r: (r.pgpu, r.model, r.owner or '', r.vm),
    'claims': tuple,
}


def check(books):
    """Refuse books that no host can have.

    :param books: a capacity.HostVGPUs
    :raises InvalidVGPUs: one sentence that names what is wrong
    """
    models = _unique('model', books.models, 'identifier')
    groups = _unique('group', books.groups, 'id')
    pgpus = _unique('pGPU', books.pgpus, 'id')
    for group in books.groups:
        _require(
            group.algorithm in gpus.ALGORITHMS,
            f'group {group.id} has the unknown algorithm {group.algorithm}',
        )
    for model in books.models:
        _check_model(model, models)
    _check_names(books.models)
    for pgpu in books.pgpus:
        _check_pgpu(pgpu, groups, models)
    _check_groups(books, models)
    for resident in books.residents:
        _require(
            resident.pgpu in pgpus and resident.model in models,
            f'a vGPU {resident.model} runs on the pGPU {resident.pgpu}, '
            'one of which is unknown',
        )
        _require(resident.owner != '', 'a vGPU has an owner without a uuid')
    for claim in books.claims:
        _require(
            (claim.model in models and claim.group in groups)
            or claim.model == claim.group == '',
            f'instance {claim.owner} has a claim on {claim.model} in group '
            f'{claim.group}, one of which is unknown',
        )


def _require(holds, sentence):
    if not holds:
        raise gpus.InvalidVGPUs(sentence)


def _unique(noun, values, field):
    """{identity: value}"""
    found = {getattr(value, field): value for value in values}
    _require(len(found) == len(values), f'a {noun} is there twice')
    return found


def _check_model(model, models):
    _require(model.identifier, 'a model has no identifier')
    _require(
        model.size > 0 and model.limit > 0,
        f'model {model.identifier} has a size or limit that is not positive',
    )
    for other in model.mixes:
        _require(
            other in models and models[other].family == model.family,
            f'models {model.identifier} and {other} do not mix both ways',
        )
    for other in model.companions or ():
        _require(
            other in models,
            f'model {model.identifier} may be in a VM with {other}, which '
            'is unknown',
        )


def _check_names(models):
    """Each model must have a name of its own in flavors."""
    found = {}
    for model in models:
        name = names.canonical_key(names.second_name(model.identifier))
        _require(
            found.setdefault(name, model) is model,
            f'the models {found[name].identifier} and {model.identifier} '
            'differ in punctuation or case alone',
        )


def _check_pgpu(pgpu, groups, models):
    _require(
        pgpu.group in groups,
        f'pGPU {pgpu.id} is of the unknown group {pgpu.group}',
    )
    for identifier in pgpu.models:
        _require(
            identifier in models and models[identifier].size <= pgpu.size,
            f'pGPU {pgpu.id} offers {identifier}, which is unknown or too '
            'big for it',
        )


def _check_groups(books, models):
    """XAPI groups pGPUs of one vendor and device only: like with like."""
    sizes, whole = {}, {}
    for pgpu in books.pgpus:
        _require(
            sizes.setdefault(pgpu.group, pgpu.size) == pgpu.size,
            f'the pGPUs of group {pgpu.group} differ in size',
        )
        for identifier in pgpu.models:
            if models[identifier].passthrough:
                _require(
                    whole.setdefault(pgpu.group, identifier) == identifier,
                    f'group {pgpu.group} has cards of two kinds',
                )
