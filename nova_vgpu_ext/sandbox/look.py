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

"""A look past Nova: what XenServer itself says, and what the books say."""

import contextlib
import sqlite3
import ssl
import typing
import xmlrpc.client

import prettytable

from nova_vgpu_ext import capacity
from nova_vgpu_ext.sandbox import config
from nova_vgpu_ext.sandbox.shell import StepFailed
from nova_vgpu_ext.sandbox.shell import expect
from nova_vgpu_ext.virt.xenapi import marks

# What instances are made of. Tasks belong to imports of images.
_OWN = ('VM', 'VDI', 'VBD', 'VIF', 'VGPU', 'task')
_SEEN = (*_OWN, 'VGPU_type', 'PGPU', 'PCI', 'host')
_QUERY = 'SELECT host, vgpus FROM compute_nodes WHERE deleted = 0'


class Instance(typing.NamedTuple):
    """What an instance should have.

    :ivar models: those of its vGPUs
    """

    name: str
    host: str
    models: list


class Held(typing.NamedTuple):
    """A vGPU that an instance has.

    :ivar owner: the instance's uuid
    :ivar pgpu: its uuid, which the books have as id
    """

    owner: str
    model: str
    pgpu: str
    host: str


class XenServer:
    """The pool under a sandbox, seen through the XenAPI bindings."""

    def __init__(self, layout):
        """:param layout: of a running sandbox that nobody has used yet"""
        self._layout = layout
        self._options = config.read(layout)['xenserver']
        self._tls = ssl.create_default_context(cafile=self._options['cafile'])
        self._at_start = self.records()

    def records(self):
        """{class: {reference: record}} of all that is looked at.

        :raises StepFailed: if it can't be had
        """
        import XenAPI

        options = self._options
        session = XenAPI.Session(
            options['connection_url'],
            transport=xmlrpc.client.SafeTransport(context=self._tls),
        )
        try:
            session.xenapi.login_with_password(
                options['connection_username'], options['connection_password']
            )
            found = {
                name: getattr(session.xenapi, name).get_all_records()
                for name in _SEEN
            }
            session.xenapi.session.logout()
        except (OSError, XenAPI.Failure) as error:
            raise StepFailed(
                f'XenServer should answer, not fail with {error}.'
            ) from None
        return found

    def show(self, instances):
        """Print what each instance has by XenServer's own account.

        :param instances: {uuid: Instance} of all that are running
        :raises StepFailed: if it isn't what it should have, or not where
            the books say
        """
        records = self.records()
        found = held(records)
        _expect_running(records, instances)
        _expect_wanted(found, instances)
        _expect_as_in_books(found, books(self._layout))
        print(
            '\nXenServer, by VGPU.get_all_records and the like at '
            f'{self._options["connection_url"]}:\n{_table(found, instances)}\n'
            'The books have the same vGPUs on the same pGPUs.'
        )

    def expect_nothing_left(self):
        """:raises StepFailed: if there is more than at the start"""
        now = self.records()
        counts = {
            name: len(set(now[name]) - set(self._at_start[name]))
            for name in _OWN
        }
        shown = ', '.join(f'{counts[name]} {name}' for name in _OWN)
        expect(
            not any(counts.values()),
            f'Nothing should be left in XenServer, but there is {shown}.',
        )
        print(f'\nLeft in XenServer: {shown}')


def at(layout):
    """The XenServer of a sandbox, None if it has another hypervisor."""
    if config.read(layout).has_section('xenserver'):
        return XenServer(layout)
    return None


def held(records):
    """A sorted list of what VMs of Nova's hold, as XenServer says."""
    found = []
    for vgpu in records['VGPU'].values():
        vm = records['VM'][vgpu['VM']]
        pgpu = records['PGPU'].get(vgpu['resident_on'])
        if pgpu is not None:
            found.append(
                Held(
                    vm['other_config'].get(marks.OWNER, vm['name_label']),
                    _model(records, vgpu, pgpu),
                    pgpu['uuid'],
                    records['host'][pgpu['host']]['name_label'],
                )
            )
    return sorted(found)


def _model(records, vgpu, pgpu):
    vgpu_type = records['VGPU_type'][vgpu['type']]
    if vgpu_type['implementation'] != 'passthrough':
        return vgpu_type['model_name']
    # XenServer has one such type. Which card it is says the PCI device, in
    # words such as GK104GL [GRID K2].
    device = records['PCI'][pgpu['PCI']]['device_name']
    return f'{device.partition("[")[2].rstrip("]")} passthrough'


def books(layout):
    """A sorted list of what runs by Nova's database."""
    path = layout.database('cell1').removeprefix('sqlite:///')
    with contextlib.closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(_QUERY).fetchall()
    found = []
    for host, text in rows:
        if text is not None:
            state = capacity.HostVGPUs.from_json(text)
            found += [
                Held(
                    one.owner or one.vm,
                    state.names.shown(one.model),
                    one.pgpu,
                    host,
                )
                for one in state.residents
            ]
    return sorted(found)


def _expect_running(records, instances):
    """There is a VM for each instance, on the host that Nova names."""
    hosts = records['host']
    running = {
        vm['other_config'][marks.OWNER]: hosts[vm['resident_on']]['name_label']
        for vm in records['VM'].values()
        if marks.OWNER in vm['other_config'] and vm['resident_on'] in hosts
    }
    wanted = {uuid: instance.host for uuid, instance in instances.items()}
    expect(
        running == wanted,
        f'XenServer should run VMs for {wanted}, not for {running}.',
    )


def _expect_wanted(found, instances):
    """Each instance has the vGPUs that its flavor asks for, and no more."""
    wanted = sorted(
        (uuid, model, instance.host)
        for uuid, instance in instances.items()
        for model in instance.models
    )
    seen = [(one.owner, one.model, one.host) for one in found]
    expect(
        seen == wanted,
        f'XenServer should have the vGPUs {wanted}, and has {seen}.',
    )


def _expect_as_in_books(found, in_books):
    expect(
        found == in_books,
        f'The books should have the vGPUs {found}, and have {in_books}.',
    )


def _table(found, instances):
    table = prettytable.PrettyTable(('instance', 'model', 'pGPU', 'host'))
    table.align = 'l'
    rows = [
        (instances[one.owner].name, one.model, one.pgpu, one.host)
        for one in found
    ]
    rows += [
        (instance.name, 'none', '', instance.host)
        for instance in instances.values()
        if not instance.models
    ]
    table.add_rows(sorted(rows))
    return table
