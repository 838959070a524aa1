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

import json
from unittest import mock

from nova_vgpu_ext.osc import models
from tests.unit.osc import base

MODEL = {'model': 'GRID K2', 'max': 8, 'used': 2, 'free': 5}
ANSWER = {
    'flavor': '1',
    'requested': {'GRID K2': 1},
    'reason': None,
    'hosts': [
        {'host': 'a', 'fits': True, 'reason': None},
        {'host': 'b', 'fits': False, 'reason': 'All taken.'},
    ],
}


class ListTest(base.CommandTestCase):
    def test_list(self):
        self.compute.get.return_value = base.response({'vgpus': [MODEL]})
        out = self.run_command(models.ListVGPU, '-f', 'json')
        self.assertEqual(
            [{'Model': 'GRID K2', 'Max': 8, 'Used': 2, 'Free': 5}],
            json.loads(out),
        )


class ExplainTest(base.CommandTestCase):
    def explain(self, *arguments, **answer):
        body = {'explain': {**ANSWER, **answer}}
        self.compute.post.return_value = base.response(body)
        arguments = ('-f', 'csv', '--flavor', 'gpu', *arguments)
        return self.run_command(models.ExplainVGPU, *arguments)

    def asked(self):
        return self.compute.post.call_args.kwargs['json']['explain']

    def test_hosts(self):
        self.assertEqual(
            [
                '"Host","Fits","Reason"',
                '"a",True,""',
                '"b",False,"All taken."',
            ],
            self.explain().splitlines(),
        )
        self.assertEqual({'flavor': 'gpu'}, self.asked())

    def test_reason_for_all_hosts(self):
        self.explain(reason='The flavor is wrong.', hosts=[])
        self.assertEqual('The flavor is wrong.\n', self.app.stderr.getvalue())

    def test_what_else_can_be_asked(self):
        find = self.app.client_manager.image.find_image
        find.return_value = mock.Mock(id='an id')
        self.explain(
            *('--image', 'cirros', '--host', 'a', '--aggregate', 'gpus'),
            *('--availability-zone', 'west'),
        )
        find.assert_called_once_with('cirros', ignore_missing=False)
        self.assertEqual(
            {
                'flavor': 'gpu',
                'image': 'an id',
                'host': 'a',
                'aggregate': 'gpus',
                'availability_zone': 'west',
            },
            self.asked(),
        )
