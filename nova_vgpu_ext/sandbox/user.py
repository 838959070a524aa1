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

"""What a user of the cloud does in the demo."""

from nova_vgpu_ext.sandbox import image
from nova_vgpu_ext.sandbox import shell as shells

HOST = 'OS-EXT-SRV-ATTR:host'

_LISTED = ('ID', 'Name', 'Status', 'Host')
_SIZE = ('--vcpus', '1', '--ram', '64', '--disk', '1')


class User:
    """Makes flavors, boots and deletes instances, by the command line."""

    def __init__(self, shell):
        """:param shell: the Shell to run commands in"""
        self._shell = shell
        # {name: flavor}
        self._servers = {}

    def make_flavor(self, name, *properties):
        """Make a flavor with extra specs of the form key=value."""
        extra = [word for each in properties for word in ('--property', each)]
        columns = ('-c', 'name', '-c', 'properties')
        self._shell.openstack(
            'flavor', 'create', *_SIZE, *extra, name, *columns
        )

    def boot(self, name, flavor, hosts):
        """Boot an instance, which must get to one of some hosts.

        :returns: which
        :raises StepFailed: it doesn't become ACTIVE there
        """
        self._create(flavor, name)
        self._servers[name] = flavor
        shown = shells.eventually(lambda: self._built(name, HOST))
        shells.expect(
            shown['status'] == 'ACTIVE' and shown[HOST] in hosts,
            f'{name} should be ACTIVE on {" or ".join(hosts)}, not '
            f'{shown["status"]} on {shown[HOST]}.',
        )
        return shown[HOST]

    def boot_several(self, name, flavor, count):
        """Boot some instances by one request, all or none.

        :raises StepFailed: one of them doesn't become ACTIVE in time
        """
        number = str(count)
        self._create(flavor, '--min', number, '--max', number, name)
        for n in range(1, count + 1):
            self._servers[f'{name}-{n}'] = flavor
        states = shells.eventually(self._all_built)
        shells.expect(
            set(states.values()) == {'ACTIVE'},
            f'All instances should be ACTIVE, not {states}.',
        )

    def boot_in_vain(self, name, flavor):
        """Boot an instance for which there must be no host.

        :returns: its uuid
        :raises StepFailed: it doesn't end in ERROR for this reason
        """
        self._create(flavor, name)
        self._servers[name] = flavor
        shown = shells.eventually(lambda: self._built(name, 'id', 'fault'))
        reason = (shown['fault'] or {}).get('message')
        shells.expect(
            shown['status'] == 'ERROR' and 'No valid host' in str(reason),
            f'{name} should be in ERROR as there is no valid host, not '
            f'{shown["status"]} with the fault {reason}.',
        )
        return shown['id']

    def delete_one(self, name):
        """Delete an instance.

        :returns: the host that it was on
        """
        shown = self._built(name, HOST)
        del self._servers[name]
        self._shell.openstack('server', 'delete', '--wait', name)
        return shown[HOST]

    def delete_all(self):
        """Delete all instances that this user has booted."""
        self._shell.openstack('server', 'delete', '--wait', *self._servers)
        self._servers = {}

    def running(self):
        """(uuid, name, host, flavor) of each instance that is ACTIVE."""
        columns = [w for each in _LISTED for w in ('-c', each)]
        lines = self._shell.openstack(
            'server', 'list', '--long', *columns, '-f', 'value'
        )
        rows = [line.split() for line in lines.splitlines()]
        return [
            (uuid, name, host, self._servers[name])
            for uuid, name, status, host in rows
            if status == 'ACTIVE'
        ]

    def expect_none_left(self):
        """:raises StepFailed: there are instances"""
        states = self._states()
        shells.expect(
            not states, f'No instance should be left, but there is {states}.'
        )

    def _states(self):
        """{name: status} of all instances."""
        columns = ('-c', 'Name', '-c', 'Status', '-f', 'value')
        lines = self._shell.openstack('server', 'list', *columns)
        return dict(line.split() for line in lines.splitlines())

    def _all_built(self):
        """The states, if all instances are there and none in BUILD."""
        states = self._states()
        built = {name for name in states if states[name] != 'BUILD'}
        shells.expect(
            built == set(self._servers),
            f'{sorted(self._servers)} should be built, and {states} are.',
        )
        return states

    def _built(self, name, *fields):
        """The status and other fields of an instance, if it is built."""
        columns = [w for each in ('status', *fields) for w in ('-c', each)]
        shown = self._shell.openstack_json('server', 'show', name, *columns)
        shells.expect(
            shown['status'] != 'BUILD', f'{name} should be built by now.'
        )
        return shown

    def _create(self, flavor, *options):
        """Boot, without the client's own waiting: it looks every 5 s."""
        image_and_net = ('--image', image.CIRROS, '--nic', 'none')
        self._shell.openstack(
            *('server', 'create', '--flavor', flavor),
            *image_and_net,
            *options,
            *('-c', 'name', '-c', 'status'),
        )
