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

"""POST /vgpus/explain: what can be asked, and what is answered."""

from unittest import mock

from nova import exception
from nova import objects

from nova_vgpu_ext import images
from tests.functional.api import base

K200 = 'GRID K200'
K260Q = 'GRID K260Q'
PLAIN_IMAGE = '155d900f-4e14-4e4c-a73d-069cbf4541e6'
NO_GPUS = 'The host reports no GPUs.'
NO_IMAGE = '00000000-0000-0000-0000-000000000000'

# What a request may name though it isn't there, and the answer.
NOT_THERE = (
    ({'flavor': 'x'}, 'There is no flavor with the id or name x.'),
    ({'host': 'x'}, 'No compute host x was found.'),
    ({'host': 'x\u00e9'}, 'No compute host x\u00e9 was found.'),
    ({'aggregate': '0'}, 'There is no aggregate with the id or name 0.'),
    ({'availability_zone': 'x'}, 'There is no availability zone x.'),
    ({'image': NO_IMAGE}, f'There is no image with the id {NO_IMAGE}.'),
)
WRONG_BODIES = (
    '',
    [],
    {},
    {'explain': None},
    {'explain': {}},
    {'explain': {'flavor': ''}},
    {'explain': {'flavor': 1}},
    {'explain': {'flavor': 'x', 'image': 'no uuid'}},
    {'explain': {'flavor': 'x', 'hosts': []}},
    {'explain': {'flavor': 'x'}, 'x': 1},
)
ALL = {'h1': None, 'h2': None, 'plain': NO_GPUS}


class ExplainTestCase(base.APITestCase):
    """Two hosts with a GRID K2 each, and one without GPUs."""

    def setUp(self):
        super().setUp()
        self.start_host('h1', 'GRID K2')
        self.start_host('h2', 'GRID K2')
        self.start_host('plain')
        self.one = self.flavor({f'vgpus:{K260Q}': '1'})

    def image(self, **properties):
        """The id of a new image."""
        image = self.glance.show(None, PLAIN_IMAGE)
        del image['id']
        image['properties'].update(properties)
        return self.glance.create(None, image)['id']


class AnswerTest(ExplainTestCase):
    def test_all_hosts(self):
        self.assertEqual(
            {
                'flavor': self.one,
                'requested': {K260Q: 1},
                'reason': None,
                'hosts': [
                    {'host': 'h1', 'fits': True, 'reason': None},
                    {'host': 'h2', 'fits': True, 'reason': None},
                    {'host': 'plain', 'fits': False, 'reason': NO_GPUS},
                ],
            },
            self.explain(self.one),
        )

    def test_flavor_by_name(self):
        (named,) = (
            flavor['name']
            for flavor in self.api.get_flavors()
            if flavor['id'] == self.one
        )
        self.assertEqual(self.one, self.explain(named)['flavor'])

    def test_all_are_taken(self):
        server = self.boot(self.flavor({f'vgpus:{K260Q}': '4'}), host='h1')
        self.audit('h1')
        taken = f'Of the vGPU model {K260Q}, 0 of 4 are free, and 1 asked for'
        self.assertEqual(f'{taken}.', self.fits(self.one)['h1'])
        self.api.post_server_action(server['id'], {'os-stop': {}})
        self._wait_for_state_change(server, 'SHUTOFF')
        self.audit('h1')
        reason = self.fits(self.one)['h1']
        self.assertIn(f'{taken}: it would start now, but', reason)

    def test_flavor_without_vgpus(self):
        answer = self.explain(self.flavor())
        self.assertEqual({}, answer['requested'])
        self.assertIn('asks for no vGPU', answer['reason'])
        self.assertEqual([True] * 3, [one['fits'] for one in answer['hosts']])

    def test_wrong_flavor_as_at_boot(self):
        with mock.patch.object(self.api, 'microversion', '2.61'):
            wrong = self.flavor({f'vgpus:{K260Q}': '22'})
        reason = self.explain(wrong)['reason']
        fault = self.boot(wrong, 'ERROR')['fault']['message']
        self.assertIn(reason, fault)

    def test_model_that_no_host_has(self):
        misspelt = self.flavor({'vgpus:GRID K26OQ': '1'})
        for asked in ({}, {'host': 'h1'}):
            answer = self.explain(misspelt, **asked)
            self.assertEqual({'GRID K26OQ': 1}, answer['requested'])
            self.assertIn('No host has the vGPU model', answer['reason'])
            self.assertEqual(
                'The host has no vGPU model GRID K26OQ.',
                answer['hosts'][0]['reason'],
            )

    def test_alias(self):
        self.flags(model_aliases={'Older': K260Q}, group='vgpus')
        self.assertEqual(ALL, self.fits(self.flavor({'vgpus:Older': '1'})))

    def test_image_that_needs_a_gpu(self):
        image = self.image(**{'trait:CUSTOM_VGPU': 'required'})
        plain = self.flavor()
        answer = self.explain(plain, image=image)
        self.assertEqual(images.REFUSAL, answer['reason'])
        self.assertEqual(
            {images.REFUSAL}, set(self.fits(plain, image=image).values())
        )
        self.assertEqual(ALL, self.fits(self.one, image=image))
        self.assertEqual(ALL, self.fits(self.one, image=self.image()))


class HostsAskedForTest(ExplainTestCase):
    def aggregate(self, name, *hosts, **metadata):
        aggregate = objects.Aggregate(self.ctxt, name=name, metadata=metadata)
        aggregate.create()
        for host in hosts:
            aggregate.add_host(host)
        return aggregate

    def test_one_host(self):
        self.assertEqual({'h1': None}, self.fits(self.one, host='h1'))
        self.assertEqual({'plain': NO_GPUS}, self.fits(self.one, host='plain'))

    def test_aggregate_by_id_or_name(self):
        aggregate = self.aggregate('gpus', 'h2', 'plain')
        # An id is not mistaken for a name.
        self.aggregate(str(aggregate.id), 'h1')
        for named in ('gpus', str(aggregate.id)):
            self.assertEqual(
                {'h2': None, 'plain': NO_GPUS},
                self.fits(self.one, aggregate=named),
            )

    def test_zone(self):
        self.aggregate('west', 'h2', availability_zone='west')
        self.aggregate('empty', availability_zone='empty')
        for zone, hosts in (
            ('west', {'h2': None}),
            ('nova', {'h1': None, 'plain': NO_GPUS}),
            ('empty', {}),
        ):
            self.assertEqual(
                hosts, self.fits(self.one, availability_zone=zone)
            )

    def test_all_that_is_named_counts(self):
        self.aggregate('west', 'h1', 'h2', availability_zone='west')
        self.aggregate('gpus', 'h2', 'plain')
        asked = {'aggregate': 'gpus', 'availability_zone': 'west'}
        self.assertEqual({'h2': None}, self.fits(self.one, **asked))
        self.assertEqual({'h2': None}, self.fits(self.one, **asked, host='h2'))
        answer = self.explain(self.one, **asked, host='h1')
        self.assertEqual([], answer['hosts'])
        self.assertEqual('There is no such compute host.', answer['reason'])

    def test_what_is_not_there(self):
        for asked, sentence in NOT_THERE:
            body = {'explain': {'flavor': self.one, **asked}}
            self.assertEqual(
                sentence, self.refused(400, '/vgpus/explain', body=body)
            )

    def test_wrong_body(self):
        for body in WRONG_BODIES:
            answer = self.refused(400, '/vgpus/explain', body=body)
            self.assertTrue(answer)

    def test_glance_does_not_answer(self):
        body = {'explain': {'flavor': self.one, 'image': PLAIN_IMAGE}}
        away = exception.GlanceConnectionFailed(server='x', reason='y')
        with mock.patch.object(self.glance, 'show', side_effect=away):
            sentence = self.refused(503, '/vgpus/explain', body=body)
        self.assertIn('glance', sentence)
