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

"""Where the vGPUs of a flavor fit, and why not elsewhere."""

import datetime
from unittest import mock

from nova import objects
from nova import test

from nova_vgpu_ext import conf
from nova_vgpu_ext import images
from nova_vgpu_ext.api import explaining
from nova_vgpu_ext.api import reports
from tests.unit import factories

NOW = datetime.datetime.now(datetime.UTC)
FULL = [factories.resident(f'g-{n}', factories.WHOLE) for n in range(2)]
TAKEN = 'Of the vGPU model GRID small, 0 of 8 are free, and 1 asked for.'


def report(host, books=None, problem=None):
    return reports.Report(host, NOW, books, problem)


class ExplanationTest(test.NoDBTestCase):
    def setUp(self):
        super().setUp()
        conf.register_opts(explaining.flavors.CONF)
        self.read_all = mock.Mock(return_value=[])

    def explain(self, found, image=None, **extra_specs):
        flavor = objects.Flavor(
            flavorid='f',
            extra_specs={
                f'vgpus:{spec.replace("_", " ")}': count
                for spec, count in extra_specs.items()
            },
        )
        answer = explaining.explanation(flavor, image, found, self.read_all)
        self.assertEqual('f', answer['flavor'])
        self.hosts = {
            one['host']: (one['fits'], one['reason'])
            for one in answer['hosts']
        }
        return answer

    def test_hosts_differ(self):
        found = [
            report('empty', factories.host()),
            report('full', factories.host(residents=FULL)),
            report('plain'),
            report('unread', problem='It is wrong.'),
        ]
        answer = self.explain(found, grid_SMALL='1')
        self.assertEqual({'grid SMALL': 1}, answer['requested'])
        self.assertIsNone(answer['reason'])
        self.assertEqual(
            {
                'empty': (True, None),
                'full': (False, TAKEN.replace('GRID small', 'grid SMALL')),
                'plain': (False, 'The host reports no GPUs.'),
                'unread': (False, 'It is wrong.'),
            },
            self.hosts,
        )
        self.read_all.assert_not_called()

    def test_any_node_of_a_host_will_do(self):
        found = [
            report('h', factories.host(residents=FULL)),
            report('h', factories.host()),
        ]
        self.explain(found, GRID_small='1')
        self.assertEqual({'h': (True, None)}, self.hosts)

    def test_flavor_without_vgpus(self):
        answer = self.explain([report('h'), report('i', problem='Wrong.')])
        self.assertEqual(explaining.NONE_ASKED, answer['reason'])
        self.assertEqual({}, answer['requested'])
        self.assertEqual({'h': (True, None), 'i': (True, None)}, self.hosts)

    def test_image_that_needs_a_gpu(self):
        image = objects.ImageMeta.from_dict(
            {'properties': {'trait:CUSTOM_VGPU': 'required'}}
        )
        answer = self.explain([report('h', factories.host())], image)
        self.assertEqual(images.REFUSAL, answer['reason'])
        self.assertEqual({'h': (False, images.REFUSAL)}, self.hosts)
        answer = self.explain(
            [report('h', factories.host())], image, GRID_small='1'
        )
        self.assertEqual({'h': (True, None)}, self.hosts)

    def test_wrong_flavor(self):
        answer = self.explain([report('h', factories.host())], GRID_small='0')
        self.assertIn('give a positive number', answer['reason'])
        self.assertEqual({}, answer['requested'])
        self.assertEqual({'h': (False, answer['reason'])}, self.hosts)

    def test_model_that_no_host_has(self):
        self.read_all.return_value = [report('i', factories.host())]
        answer = self.explain([report('h', factories.host())], GRID_big='1')
        self.assertIn('No host has the vGPU model GRID big', answer['reason'])
        self.assertEqual(
            {'h': (False, 'The host has no vGPU model GRID big.')}, self.hosts
        )

    def test_model_that_other_hosts_have(self):
        self.read_all.return_value = [report('i', factories.host())]
        there = factories.host(models=[factories.HALF])
        answer = self.explain([report('h', there)], GRID_small='1')
        self.assertIsNone(answer['reason'])
        self.assertEqual(
            {'h': (False, 'The host has no vGPU model GRID small.')},
            self.hosts,
        )

    def test_no_hosts(self):
        self.read_all.return_value = [report('i', factories.host())]
        answer = self.explain([], GRID_small='1')
        self.assertEqual(explaining.NO_HOSTS, answer['reason'])
        self.assertEqual({}, self.hosts)
