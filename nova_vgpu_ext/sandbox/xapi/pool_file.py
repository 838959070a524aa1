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

"""Reading the YAML file that describes a pool."""

from nova_vgpu_ext.sandbox.xapi import card_file
from nova_vgpu_ext.sandbox.xapi import pool
from nova_vgpu_ext.sandbox.xapi import pool_file_vms
from nova_vgpu_ext.sandbox.xapi import signatures
from nova_vgpu_ext.sandbox.xapi import specs
from nova_vgpu_ext.virt import yaml_file
from nova_vgpu_ext.virt.yaml_file import Mistake

_KEYS = (
    'name',
    'release',
    'seed',
    'username',
    'password',
    'guest_tools',
    'restricted',
    'hosts',
    'groups',
    'storage',
    'networks',
    'vms',
    'definitions',
)
_HOST_KEYS = (
    'name',
    'uuid',
    'memory_mib',
    'processors',
    'online',
    'enabled',
    'iommu',
    'hvm',
    'cards',
)
_ALGORITHMS = ('depth_first', 'breadth_first')
_RESTRICTED = ('gpu', 'vgpu')


def load(path):
    """The specs.Pool that a file describes.

    :raises Mistake: one sentence that says what is wrong with the file
    """
    return parse(yaml_file.read(path))


def parse(content):
    """The specs.Pool of what stands in a file.

    :raises Mistake: one sentence that says what is wrong
    """
    top = yaml_file.Section(content or {}, 'the file', _KEYS)
    cards = {**card_file.shipped(), **card_file.defined(top)}
    hosts = _hosts(top, cards)
    names = [host.name for host in hosts]
    return specs.Pool(
        name=top.text('name', 'pool'),
        release=_choice(top, 'release', signatures.releases()),
        seed=_seed(top),
        settings=_settings(top),
        restricted=_restricted(top),
        hosts=hosts,
        groups=_groups(top),
        storages=_storages(top, names),
        networks=_networks(top, names),
        vms=pool_file_vms.vms(top, hosts),
    )


def _choice(section, key, choices):
    return section.choice(key, choices) if section.has(key) else None


def _seed(top):
    return top.number('seed') if top.has('seed') else 0


def _settings(top):
    default = pool.Settings()
    return pool.Settings(
        username=top.text('username', default.username),
        password=top.text('password', default.password),
        guest_tools=top.flag('guest_tools', default.guest_tools),
    )


def _restricted(top):
    words = yaml_file.texts(top.rows('restricted'), "'restricted'")
    for word in words:
        if word not in _RESTRICTED:
            raise Mistake(
                f"'restricted' has {word!r}: it may have "
                f'{", ".join(_RESTRICTED)}.'
            )
    return frozenset(words)


def _hosts(top, cards):
    hosts = tuple(
        _host(row, f'host {number}', cards)
        for number, row in enumerate(top.rows('hosts'), start=1)
    )
    if not hosts:
        raise Mistake('the file has no hosts: give it at least one.')
    if not hosts[0].online:
        raise Mistake('the first host is the master: it must be online.')
    names = [host.name for host in hosts]
    for name in names:
        if names.count(name) > 1:
            raise Mistake(f'there are two hosts {name!r}: rename one.')
    return hosts


def _host(value, where, cards):
    section = yaml_file.Section(value, where, _HOST_KEYS)
    flags = {
        key: section.flag(key, True)
        for key in ('online', 'enabled', 'iommu', 'hvm')
    }
    return specs.Host(
        name=section.text('name'),
        uuid=section.text('uuid') if section.has('uuid') else None,
        memory_mib=section.number('memory_mib', 65536),
        processors=section.number('processors', 16),
        cards=tuple(
            _installed(row, f'card {number} of {where}', cards)
            for number, row in enumerate(section.rows('cards'), start=1)
        ),
        **flags,
    )


def _installed(value, where, cards):
    """A card in a host: its name, or a mapping that says more of it."""
    if isinstance(value, str):
        value = {'card': value}
    keys = ('card', 'group', 'disabled', 'pgpus')
    section = yaml_file.Section(value, where, keys)
    name = section.text('card')
    if name not in cards:
        raise Mistake(
            f'{where} is {name!r}, which is not defined: it may be '
            f'{", ".join(sorted(cards))}.'
        )
    card = cards[name]
    rows = section.rows('pgpus')
    if len(rows) > card.pgpus:
        raise Mistake(
            f'{where} has {len(rows)} pgpus: a {name} has {card.pgpus}.'
        )
    rows = rows + [{}] * (card.pgpus - len(rows))
    return specs.Installed(
        card, tuple(_pgpu(section, row, card) for row in rows)
    )


def _pgpu(section, value, card):
    """What the card's line says, and what the pGPU's own says."""
    where = f'a pGPU of {section.where}'
    own = yaml_file.Section(value, where, ('group', 'disabled'))
    named = [
        *yaml_file.texts(section.rows('disabled'), f"'disabled' of {where}"),
        *yaml_file.texts(own.rows('disabled'), f"'disabled' of {where}"),
    ]
    group = None
    for one in (section, own):
        group = one.text('group') if one.has('group') else group
    disabled = frozenset(pool_file_vms.named(card, name) for name in named)
    return specs.PGPU(group, disabled)


def _groups(top):
    found = {}
    for name, value in top.entries('groups').items():
        section = yaml_file.Section(value, f'group {name!r}', ('algorithm',))
        found[name] = section.choice('algorithm', _ALGORITHMS)
    return found


def _storages(top, names):
    found = []
    for number, row in enumerate(top.rows('storage'), start=1):
        section = yaml_file.Section(
            row,
            f'storage {number}',
            ('name', 'type', 'size_gib', 'hosts', 'shared'),
        )
        found.append(
            specs.Storage(
                name=section.text('name'),
                type=section.text('type', 'ext'),
                size_gib=section.number('size_gib', 500),
                hosts=_some(section, names),
                shared=section.flag('shared', False),
            )
        )
    return tuple(found)


def _networks(top, names):
    found = []
    for number, row in enumerate(top.rows('networks'), start=1):
        section = yaml_file.Section(
            row, f'network {number}', ('name', 'bridge', 'hosts', 'internal')
        )
        found.append(
            specs.Network(
                name=section.text('name'),
                bridge=section.text('bridge'),
                hosts=_some(section, names),
                internal=section.flag('internal', False),
            )
        )
    return tuple(found) or specs.Pool.networks


def _some(section, names):
    """Names of hosts that there are."""
    where = f"'hosts' of {section.where}"
    hosts = yaml_file.texts(section.rows('hosts'), where)
    for host in hosts:
        if host not in names:
            raise Mistake(f'{where} has {host!r}: there is no such host.')
    return tuple(hosts)
