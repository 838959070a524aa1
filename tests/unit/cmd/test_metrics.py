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

"""What Prometheus reads."""

import datetime

import hypothesis
from hypothesis import strategies as st
from oslotest import base
from prometheus_client import parser

from nova_vgpu_ext import gpus
from nova_vgpu_ext.cmd import capacity
from nova_vgpu_ext.cmd import metrics
from nova_vgpu_ext.cmd import refused_instances

SAVED = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
LATER = SAVED + datetime.timedelta(seconds=30)
ROW = gpus.Row('GRID K260Q', 4, 1, 3)


def report(host='gpu-1', rows=(ROW,), saved_at=SAVED):
    return capacity.Report(host, saved_at, rows)


def samples(text):
    """{name: {values of its labels: value}}, as Prometheus reads them."""
    return {
        family.name: {
            tuple(sample.labels.values()): sample.value
            for sample in family.samples
        }
        for family in parser.text_string_to_metric_families(text + '\n')
    }


class CapacityTest(base.BaseTestCase):
    def test_text(self):
        lines = [
            line
            for line in metrics.capacity([report()], LATER).splitlines()
            if not line.startswith('# HELP')
        ]
        self.assertEqual(
            [
                '# TYPE nova_vgpu_max gauge',
                'nova_vgpu_max{host="gpu-1",model="GRID K260Q"} 4.0',
                '# TYPE nova_vgpu_used gauge',
                'nova_vgpu_used{host="gpu-1",model="GRID K260Q"} 1.0',
                '# TYPE nova_vgpu_free gauge',
                'nova_vgpu_free{host="gpu-1",model="GRID K260Q"} 3.0',
                '# TYPE nova_vgpu_report_timestamp_seconds gauge',
                'nova_vgpu_report_timestamp_seconds{host="gpu-1"} '
                '1.767323045e+09',
                '# TYPE nova_vgpu_report_age_seconds gauge',
                'nova_vgpu_report_age_seconds{host="gpu-1"} 30.0',
            ],
            lines,
        )

    def test_all_are_told(self):
        found = samples(
            metrics.capacity(
                [
                    report('a', (ROW, gpus.Row('x', 8, 0, 8))),
                    report('b', (), LATER),
                ],
                LATER,
            )
        )
        self.assertEqual(
            {('a', 'GRID K260Q'): 3, ('a', 'x'): 8}, found['nova_vgpu_free']
        )
        self.assertEqual(
            {('a',): SAVED.timestamp(), ('b',): LATER.timestamp()},
            found['nova_vgpu_report_timestamp_seconds'],
        )
        self.assertEqual(
            {('a',): 30, ('b',): 0}, found['nova_vgpu_report_age_seconds']
        )

    def test_clock_of_a_host_that_is_ahead(self):
        found = samples(metrics.capacity([report(saved_at=LATER)], SAVED))
        self.assertEqual(
            {('gpu-1',): 0}, found['nova_vgpu_report_age_seconds']
        )

    def test_no_hosts(self):
        found = samples(metrics.capacity([], LATER))
        self.assertEqual({}, found['nova_vgpu_max'])

    @hypothesis.given(
        st.text(st.characters(exclude_categories=['C']), min_size=1),
        st.text(st.characters(exclude_categories=['C']), min_size=1),
    )
    @hypothesis.example('quote "', 'back\\slash\\n')
    def test_any_name(self, host, model):
        row = gpus.Row(model, 4, 1, 3)
        found = samples(metrics.capacity([report(host, (row,))], LATER))
        self.assertEqual({(host, model): 4}, found['nova_vgpu_max'])


class RefusedTest(base.BaseTestCase):
    def test_text(self):
        found = samples(metrics.refused({'b': 2, 'a': 1}))
        self.assertEqual(
            {'nova_vgpu_refused_instances': {('a',): 1, ('b',): 2}}, found
        )

    def by_model(self, *messages, shown=()):
        faults = [
            (instance, f'No valid host was found. There are {message}.')
            for instance, message in messages
        ]
        return refused_instances.by_model(faults, shown)

    def test_instances_are_counted_once(self):
        self.assertEqual(
            {'GRID K1': 2, 'GRID K2': 1},
            self.by_model(
                ('one', 'not enough vGPUs: 1 x GRID K1, 2 x GRID K2'),
                ('one', 'not enough vGPUs: 2 x GRID K1'),
                ('two', 'not enough vGPUs: 1 x GRID K1'),
            ),
        )

    def test_spellings_are_one_model(self):
        messages = (
            ('one', 'not enough vGPUs: 1 x GRID K1'),
            ('two', 'not enough vGPUs: 1 x grid_k1'),
        )
        self.assertEqual({'GRID K1': 2}, self.by_model(*messages))
        self.assertEqual(
            {'Grid-K1': 2}, self.by_model(*messages, shown=['Grid-K1'])
        )

    def test_other_faults(self):
        self.assertEqual({}, self.by_model(('one', 'too few hosts')))
