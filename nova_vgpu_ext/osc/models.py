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

"""openstack vgpu list and vgpu explain."""

from osc_lib.command import command


class ListVGPU(command.Lister):
    """List the vGPU models of the cloud, with how many there are

    Used plus free need not make max: a vGPU takes room from the other models
    of its physical GPU.
    """

    def take_action(self, parsed_args):
        rows = self.app.client_manager.vgpu.models()
        return (
            ('Model', 'Max', 'Used', 'Free'),
            [(r['model'], r['max'], r['used'], r['free']) for r in rows],
        )


class ExplainVGPU(command.Lister):
    """Tell on which hosts the vGPUs of a flavor fit, and why not on others.

    Only vGPUs are looked at, not memory or anything else.
    """

    def get_parser(self, prog_name):
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--flavor',
            metavar='<flavor>',
            required=True,
            help='Flavor that asks for vGPUs (name or ID)',
        )
        parser.add_argument(
            '--image',
            metavar='<image>',
            help='Image that may require a GPU (name or ID)',
        )
        parser.add_argument('--host', metavar='<host>', help='Only this host')
        parser.add_argument(
            '--aggregate',
            metavar='<aggregate>',
            help='Only hosts of this aggregate (name or ID)',
        )
        parser.add_argument(
            '--availability-zone',
            metavar='<zone-name>',
            help='Only hosts of this availability zone',
        )
        return parser

    def take_action(self, parsed_args):
        answer = self.app.client_manager.vgpu.explain(
            **self._asked(parsed_args)
        )
        if answer['reason']:
            self.app.stderr.write(f'{answer["reason"]}\n')
        return (
            ('Host', 'Fits', 'Reason'),
            [
                (one['host'], one['fits'], one['reason'] or '')
                for one in answer['hosts']
            ],
        )

    def _asked(self, parsed_args):
        asked = {
            name: getattr(parsed_args, name)
            for name in ('flavor', 'host', 'aggregate', 'availability_zone')
            if getattr(parsed_args, name)
        }
        if parsed_args.image:
            image = self.app.client_manager.image.find_image(
                parsed_args.image, ignore_missing=False
            )
            asked['image'] = image.id
        return asked
