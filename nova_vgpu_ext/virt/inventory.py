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

"""From what a hypervisor reports to a host's books.

The drivers share what the operator says here about the hardware: which
models are offered, and which pGPUs are held back.
"""

from nova_vgpu_ext import capacity
from nova_vgpu_ext import host_names
from nova_vgpu_ext import names


def host_vgpus(
    models,
    groups,
    pgpus,
    residents,
    running=(),
    enabled=(),
    reserved=(),
    aliases=None,
):
    """The books of a host, without claims.

    :param models: of capacity.Model
    :param groups: of capacity.Group
    :param pgpus: of capacity.PGPU
    :param residents: of capacity.Resident
    :param running: uuids of Nova's instances whose VMs run
    :param enabled: names of the models that are offered; none means all
    :param reserved: ids of the pGPUs that are held back
    :param aliases: {canonical key: canonical key of today's name}
    :raises InvalidVGPUs: if one of them contradicts another
    """
    models = tuple(models)
    offered = _offered(models, enabled, aliases or {})
    return capacity.HostVGPUs(
        models=tuple(
            model._replace(offered=model.identifier in offered)
            for model in models
        ),
        groups=tuple(groups),
        pgpus=tuple(p._replace(reserved=p.id in reserved) for p in pgpus),
        residents=tuple(residents),
        running=tuple(running),
    )


def _offered(models, enabled, aliases):
    """Identifiers of the models that the operator wants to be offered."""
    if not enabled:
        return {model.identifier for model in models}
    return {
        identifier
        for name in enabled
        for identifier in _called(models, name, aliases)
    }


def _called(models, name, aliases):
    """Identifiers of the models of a name, even if several share it."""
    key = names.canonical_key(name)
    key = aliases.get(key, key)
    return {
        *host_names.HostNames(models).models_of(key),
        *(m.identifier for m in models if names.canonical_key(m.name) == key),
    }


def findings(books, enabled=(), reserved=(), aliases=None):
    """What the operator's settings name that the host doesn't have.

    :param books: capacity.HostVGPUs
    :returns: a sentence each
    """
    models = [books.names.shown(model.identifier) for model in books.models]
    pgpus = [pgpu.id for pgpu in books.pgpus]
    found = [
        f'[vgpus] enabled_models names {name!r}, which this host does not '
        f'have; its models are {_list(models)}.'
        for name in enabled
        if not _called(books.models, name, aliases or {})
    ]
    found += [
        f'[vgpus] reserved_pgpus names {pgpu!r}, which this host does not '
        f'have; its pGPUs are {_list(pgpus)}.'
        for pgpu in reserved
        if pgpu not in pgpus
    ]
    return found


def _list(values):
    return ', '.join(sorted(values)) or 'none'
