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

"""Hosts of the XenServer driver: a simulated pool.

All hosts are members of one pool, as an operator of a few hosts would have
it: then GPU groups span hosts, and a driver must mind its own ones. In what
else matters to VMs, a pool wants its hosts alike, and these are.
"""

import json
import shutil
import uuid

from nova_vgpu_ext.sandbox import errors
from nova_vgpu_ext.sandbox.xapi import card_file
from nova_vgpu_ext.sandbox.xapi import httpd
from nova_vgpu_ext.sandbox.xapi import pool_state
from nova_vgpu_ext.sandbox.xapi import pools
from nova_vgpu_ext.sandbox.xapi import server
from nova_vgpu_ext.virt import yaml_file
from nova_vgpu_ext.virt.xenapi import conf

_STORAGE = {'name': 'Shared storage', 'type': 'nfs', 'size_gib': 2000}
_MOST_CARDS = 15
# Nobody asks for them here, and a sandbox may run for days.
_CALLS_KEPT = 100


class XenHosts:
    """The hosts of one pool, the first of which is its coordinator."""

    def __init__(self, layout, port):
        """Nothing is started yet.

        :param port: of the sandbox, which is followed by those of the
            hosts; 0 for any that are free
        """
        self._layout = layout
        self._port = port
        self._hosts = []
        self._simulator = None

    def put(self, host, cards):
        """Add a host to the pool.

        :param cards: what the hosts file says
        :raises yaml_file.Mistake: one sentence that says what is wrong
        """
        member = {
            'name': host,
            # Nova knows a host by its uuid, so a new pool must not change it.
            'uuid': _uuid(host),
            'cards': _installed(cards),
        }
        self._hosts.append(member)
        pools.parse(self._content()).close()

    def _content(self):
        return {'hosts': self._hosts, 'storage': [_STORAGE]}

    def stages(self):
        """(title, function) of what must be started before Nova."""
        return (('simulated XenServer pool', self._start),)

    def _start(self):
        pool = pools.parse(self._content())
        state = self._kept_state()
        if state is None:
            shutil.rmtree(self._layout.pool_disks, ignore_errors=True)
        else:
            pool_state.restore(pool, state)
        pool.disks.keep_in(self._layout.pool_disks)
        self._simulator = self._served(pool)
        # It is written at the end in order, and is wrong after any other.
        self._layout.pool.unlink(missing_ok=True)

    def _kept_state(self):
        """The state of the last end; None if that was another pool."""
        try:
            kept = json.loads(self._layout.pool.read_text())
        except (OSError, ValueError):
            return None
        return kept['state'] if kept['content'] == self._content() else None

    def _served(self, pool):
        ports = {}
        if self._port:
            for number, host in enumerate(self._hosts, start=1):
                ports[host['uuid']] = self._port + number
        try:
            simulator = server.Simulator(pool, ports, _CALLS_KEPT)
        except (OSError, OverflowError) as error:
            raise errors.SandboxError(
                f'The ports on {httpd.ADDRESS} after {self._port}, one for '
                f'each of the {len(self._hosts)} hosts, can not all be used: '
                'give others by --port.'
            ) from error
        return simulator.start()

    def sections(self):
        """What nova.conf says of the driver: {section: {option: value}}."""
        settings = self._simulator.pool.settings
        return {
            'DEFAULT': {'compute_driver': 'vgpu_ext.XenAPIDriver'},
            'xenserver': {
                'connection_url': self._simulator.url(),
                'connection_username': settings.username,
                'connection_password': settings.password,
                'cafile': self._simulator.ca_file,
            },
        }

    def options(self, host):
        """(name, value, group) of each option of one host alone."""
        import nova.conf

        conf.register_opts(nova.conf.CONF)
        url = self._simulator.url(_uuid(host))
        yield 'connection_url', url, conf.xenserver_group.name

    def note(self):
        """What users should know of the running hypervisors."""
        settings = self._simulator.pool.settings
        return (
            'The simulated XenServer pool answers to XenAPI at '
            f'{self._simulator.url(scheme="http")}\n'
            f'(user {settings.username}, password {settings.password}).'
        )

    def stop(self):
        """Stop the pool and keep its state."""
        if self._simulator is None:
            return
        self._simulator.stop()
        kept = {
            'content': self._content(),
            'state': pool_state.taken(self._simulator.pool),
        }
        self._layout.pool.write_text(json.dumps(kept))


def _uuid(host):
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, host))


def _installed(cards):
    """The cards of a host, as a pool file has them."""
    if isinstance(cards, dict):
        raise yaml_file.Mistake(
            'a whole cards file is for the fake driver: give a list of cards.'
        )
    rows = [
        row
        for number, value in enumerate(
            yaml_file.sequence(cards, 'its cards'), start=1
        )
        for row in _boards(value, f'card {number}')
    ]
    if len(rows) > _MOST_CARDS:
        raise yaml_file.Mistake(
            f'it has more than {_MOST_CARDS} cards: give it fewer.'
        )
    return rows


def _boards(value, where):
    """A row for each board."""
    if isinstance(value, str):
        value = {'card': value}
    section = yaml_file.Section(value, where, ('card', 'count', 'group'))
    known = card_file.shipped()
    row = {'card': section.text('card')}
    if row['card'] not in known:
        raise yaml_file.Mistake(
            f'{where} is the unknown {row["card"]!r}: take one of '
            f'{", ".join(sorted(known))}.'
        )
    if section.has('group'):
        row['group'] = section.text('group')
    # No more than are too many.
    return [row] * min(section.number('count', 1), _MOST_CARDS + 1)
