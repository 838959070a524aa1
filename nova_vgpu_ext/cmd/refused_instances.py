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

"""Which instances were refused for want of a vGPU, in all cells.

The reason is in an instance's fault, which Nova keeps when the instance is
deleted, until the rows of deleted instances are archived.
"""

import collections

import sqlalchemy as sa

from nova_vgpu_ext import names
from nova_vgpu_ext import refusals
from nova_vgpu_ext.db import cells

_FAULTS = sa.table(
    'instance_faults',
    sa.column('instance_uuid', sa.String),
    sa.column('message', sa.String),
)
_QUERY = (
    sa.select(_FAULTS)
    .where(_FAULTS.c.message.contains(refusals.BEGINNING))
    .distinct()
)


def everywhere():
    """(faults, a sentence for each cell that can't be read)

    :returns: faults as (instance, message); most are in cell0
    """
    found, problems = [], []
    for cell in cells.mapped():
        try:
            with cell.engine() as engine, engine.connect() as connection:
                found.extend(connection.execute(_QUERY).tuples())
        except cells.DatabaseProblem as problem:
            problems.append(str(problem))
    return found, problems


def by_model(faults, shown=()):
    """{model: how many instances were refused one}

    :param faults: (instance, message) of each
    :param shown: the names that hosts have for models, which are taken in
        place of other spellings of the same
    """
    spelled = {names.canonical_key(name): name for name in shown}
    instances = collections.defaultdict(set)
    for instance, message in sorted(faults, key=lambda fault: fault[1]):
        for model in refusals.models_in(message):
            name = spelled.setdefault(names.canonical_key(model), model)
            instances[name].add(instance)
    return {name: len(found) for name, found in instances.items()}
