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

"""A cloud without processes, to try the demo's checks on."""

from nova_vgpu_ext.sandbox import shell
from nova_vgpu_ext.sandbox import steps
from nova_vgpu_ext.sandbox import user

WHOLE = 'A16 passthrough'
A16_MODELS = {steps.PAIR: 1, WHOLE: 1}
HOSTS = {
    'gpu-k2-a': (2, steps.K2_MODELS),
    'gpu-k2-b': (2, steps.K2_MODELS),
    'gpu-a16': (4, A16_MODELS),
}


class FakeShell:
    """Answers the commands of the demo as a right cloud would.

    A test makes it a wrong one by overriding a method.
    """

    def __init__(self, layout):
        self.layout = layout
        self.flavors = {}
        self.servers = {}
        self.layout.log.write_text('')

    def openstack(self, *words):
        kind, verb, *rest = words
        return getattr(self, f'{kind}_{verb}')(rest) or ''

    def openstack_json(self, *words):
        return self.openstack(*words)

    def capacity(self, host=None):
        return {
            (name, model): self.row(name, model)
            for name, (_, models) in HOSTS.items()
            for model in models
            if host in (None, name)
        }

    # What there is

    def pgpus(self, host):
        """A list of vGPUs on each pGPU, filled in the order of booting."""
        count, models = HOSTS[host]
        pgpus = [[] for _ in range(count)]
        for server in self.servers.values():
            if server['host'] == host:
                for _ in range(server['count']):
                    best = min(
                        (
                            pgpu
                            for pgpu in pgpus
                            if room(models, pgpu, server['model'])
                        ),
                        key=lambda pgpu: room(models, pgpu, server['model']),
                    )
                    best.append(server['model'])
        return pgpus

    def row(self, host, model):
        count, models = HOSTS[host]
        pgpus = self.pgpus(host)
        return shell.Row(
            max=count * models[model],
            used=sum(pgpu.count(model) for pgpu in pgpus),
            free=sum(room(models, pgpu, model) for pgpu in pgpus),
        )

    def place(self, model, count):
        """The host for so many vGPUs, None if there isn't one."""
        if not count:
            return 'plain'
        for host, (_, models) in HOSTS.items():
            if model in models and self.row(host, model).free >= count:
                return host
        return None

    # Commands

    def flavor_create(self, words):
        model, count = None, 0
        if '--property' in words:
            key, value = words[words.index('--property') + 1].split('=', 1)
            model = key.rpartition(':')[2]
            count = 1 if value == '> 0' else int(value)
        name = words[words.index('-c') - 1]
        self.flavors[name] = (model, count)

    def server_create(self, words):
        model, count = self.flavors[words[words.index('--flavor') + 1]]
        name = words[words.index('-c') - 1]
        names = [name]
        if '--min' in words:
            number = int(words[words.index('--min') + 1])
            names = [f'{name}-{n}' for n in range(1, number + 1)]
        for each in names:
            host = self.place(model, count)
            if host is None:
                self.refuse(each, model)
            self.servers[each] = {
                'host': host,
                'model': model,
                'count': count if host else 0,
            }

    def refuse(self, name, model):
        self.layout.log.write_text(
            'x nova_vgpu_ext.scheduler.second_look [req] '
            f'Instance id-of-{name} is refused: '
            f'not enough vGPUs: 1 x {model}\n'
        )

    def server_show(self, words):
        server = self.servers[words[0]]
        fault = {'message': 'No valid host was found.'}
        return {
            'id': f'id-of-{words[0]}',
            'status': 'ACTIVE' if server['host'] else 'ERROR',
            'fault': None if server['host'] else fault,
            user.HOST: server['host'],
        }

    def server_list(self, words):
        lines = []
        for name in self.servers:
            shown = self.server_show([name])
            line = f'{name} {shown["status"]}'
            if '--long' in words:
                line = f'{shown["id"]} {line} {shown[user.HOST]}'
            lines.append(line)
        return '\n'.join(lines)

    def server_delete(self, words):
        for name in words:
            self.servers.pop(name, None)


def room(models, pgpu, model):
    """How many vGPUs of a model a pGPU still takes; models don't mix."""
    if set(pgpu) - {model}:
        return 0
    return models[model] - len(pgpu)
