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

"""openstack vgpu host list and vgpu host show."""

from osc_lib.cli import parseractions
from osc_lib.command import command

from nova_vgpu_ext.osc import columns


class ListVGPUHost(command.Lister):
    """List the vGPU models of each host, with how many there are"""

    def get_parser(self, prog_name):
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--marker',
            metavar='<host>',
            help='The host after which the list begins',
        )
        parser.add_argument(
            '--limit',
            metavar='<number>',
            type=int,
            action=parseractions.NonNegativeAction,
            help='Most hosts to list; all if it is left out',
        )
        return parser

    def take_action(self, parsed_args):
        hosts = self.app.client_manager.vgpu.hosts(
            parsed_args.marker, parsed_args.limit
        )
        for host in hosts:
            if host['problem']:
                self.app.stderr.write(f'{host["problem"]}\n')
        return (
            ('Host', 'Model', 'Max', 'Used', 'Free', 'Updated At'),
            [_row(host, model) for host in hosts for model in host['models']],
        )


def _row(host, model):
    return (
        host['host'],
        model['model'],
        model['max'],
        model['used'],
        model['free'],
        host['updated_at'],
    )


class ShowVGPUHost(command.ShowOne):
    """Show a host's physical GPUs, with what is on them"""

    def get_parser(self, prog_name):
        parser = super().get_parser(prog_name)
        parser.add_argument('host', metavar='<host>', help='Host to show')
        return parser

    def take_action(self, parsed_args):
        host = self.app.client_manager.vgpu.host(parsed_args.host)
        if host['problem']:
            self.app.stderr.write(f'{host["problem"]}\n')
        return (
            ('host', 'updated_at', 'models', 'pgpus', 'claims', 'findings'),
            (
                host['host'],
                host['updated_at'],
                columns.Models(host['models']),
                columns.PGPUs(host['pgpus']),
                columns.Claims(host['claims']),
                columns.Findings(host['findings']),
            ),
        )
