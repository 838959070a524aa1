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

import copy
import json
import uuid

import ddt
import hypothesis
from hypothesis import strategies as st
from oslotest import base

from nova_vgpu_ext import capacity
from nova_vgpu_ext import request
from tests.unit import factories
from tests.unit import strategies

read = capacity.HostVGPUs.from_json
NAMES = [
    f'NVIDIA A16-{size}{series}'
    for series in 'ABCQ'
    for size in (1, 2, 4, 8, 16)
][1:]


def an_id(number):
    return str(uuid.UUID(int=(1 << 127) + number))


def large_host(pgpus=8, groups=8):
    """Names, ids and identifiers as XAPI's, 20 models."""
    models = [
        capacity.Model(
            f'0001:nvidia,25b6,14a9,25b6,{0x14B0 + number:04x}',
            name,
            1048576 // 16,
            16,
            companions=frozenset(
                [f'0001:nvidia,25b6,14a9,25b6,{0x14B0 + number:04x}']
            ),
        )
        for number, name in enumerate(NAMES)
    ]
    models.append(
        capacity.Model(
            '0001:passthrough,25b6',
            'NVIDIA A16 passthrough',
            1048576,
            1,
            True,
            companions=frozenset(),
        )
    )
    found = [capacity.Group(an_id(number)) for number in range(groups)]
    return capacity.HostVGPUs(
        models,
        found,
        [
            capacity.PGPU(
                an_id(100 + number),
                found[number % groups].id,
                1048576,
                frozenset(model.identifier for model in models),
            )
            for number in range(pgpus)
        ],
    )


def with_residents(books, count):
    return capacity.HostVGPUs(
        books.models,
        books.groups,
        books.pgpus,
        [
            capacity.Resident(
                books.pgpus[number % len(books.pgpus)].id,
                books.models[number % 20].identifier,
                an_id(1000 + number),
                'instance-00000001',
            )
            for number in range(count)
        ],
    )


def with_claims(books, count, name):
    for number in range(count):
        asked = name(books.models[number % 20])
        books = books.claim(
            an_id(1000 + number), request.VGPURequest.of({asked: 1})
        )
    return books


@ddt.ddt
class SizeTestCase(base.BaseTestCase):
    @ddt.data(1, 8)
    def test_of_a_large_host(self, groups):
        self.assertLess(len(large_host(groups=groups).to_json()), 4096)

    def _grown(self, before, after):
        return len(after.to_json()) - len(before.to_json())

    @ddt.data(1, 20, 40)
    def test_of_residents(self, count):
        books = large_host()
        self.assertLessEqual(
            self._grown(books, with_residents(books, count)), 48 * count
        )

    @ddt.data(
        ('plain name', lambda model: model.name),
        ('second name', lambda model: model.identifier),
        ('passthrough', lambda model: 'passthrough'),
    )
    @ddt.unpack
    def test_of_claims(self, _, name):
        books = large_host()
        for count in (1, 20):
            claimed = with_claims(books, count, name)
            self.assertEqual(count, len(claimed.claims))
            self.assertLessEqual(self._grown(books, claimed), 48 * count)

    def test_of_foreign_residents_with_long_names(self):
        books = large_host()
        there = capacity.Resident(
            books.pgpus[7].id, books.models[19].identifier, None, 'x' * 999
        )
        after = capacity.HostVGPUs(
            books.models, books.groups, books.pgpus, [there]
        )
        self.assertLessEqual(self._grown(books, after), 48)

    def test_of_a_huge_host_fits_a_text_column(self):
        books = with_residents(large_host(32, 32), 32 * 16)
        model = books.models[0]
        claims = [
            capacity.Claim(
                resident.owner,
                books.names.keys_of(model.identifier)[0],
                model.identifier,
                books.groups[31].id,
            )
            for resident in books.residents
        ]
        books = capacity.HostVGPUs(
            books.models, books.groups, books.pgpus, books.residents, claims
        )
        self.assertLess(len(books.to_json()), 65536)


@ddt.ddt
class RoundTripTestCase(base.BaseTestCase):
    @hypothesis.given(strategies.books())
    def test_any_books(self, books):
        text = books.to_json()
        self.assertEqual(books, read(text))
        self.assertEqual(text, read(text).to_json())
        self.assertTrue(text.isascii())

    @ddt.data(
        {},
        {'models': [], 'groups': [], 'pgpus': []},
        {'reserved': True},
        {'models': [factories.SMALL._replace(offered=False)]},
        {'residents': [factories.resident('g-0', vm='their \U0001f5a5 VM')]},
        {'residents': [factories.resident('g-0', owner='me', vm='mine')]},
        {'claims': [capacity.Claim('me', 'CUSTOM_VGPU_GONE')]},
        {'claims': [capacity.Claim('me', 'CUSTOM_X', '0001:small', 'g')]},
    )
    def test_books(self, changes):
        groups = changes.pop('groups', ['g'])
        changes.setdefault('pgpus', 2 if groups else 0)
        books = factories.host(groups, **changes)
        self.assertEqual(books, read(books.to_json()))

    def test_answers_are_the_same(self):
        books = with_claims(large_host(), 5, lambda model: model.name)
        self.assertEqual(books.rows, read(books.to_json()).rows)


def texts():
    """The JSON of any books, as objects."""
    return strategies.books().map(lambda books: json.loads(books.to_json()))


def spots(value, path=()):
    """The paths of all that a JSON value is made of."""
    if path:
        yield path
    parts = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    for key, part in parts:
        yield from spots(part, (*path, key))


def inside(value, path):
    for key in path:
        value = value[key]
    return value


@ddt.ddt
class UnreadableTestCase(base.BaseTestCase):
    def _refused(self, text):
        error = self.assertRaises(capacity.InvalidVGPUs, read, text)
        self.assertTrue(str(error))
        self.assertNotIn('\n', str(error))

    @ddt.data(
        None, '', 'null', '[]', '{}', '{', '1', '"text"', 'NaN', b'\xff', 5,
        '{"version":"1.0"}', '{"version":1.0}', '{"version":null}',
        '[' * 100000, '9' * 5000,
    )  # fmt: skip
    def test_other_texts(self, text):
        self._refused(text)

    @ddt.data('2.0', '0.9', '10.0', '1', '', 'x', None, 1, [1, 0])
    def test_other_major_versions(self, version):
        data = json.loads(factories.host().to_json())
        self._refused(json.dumps({**data, 'version': version}))

    def test_a_later_minor_version_may_say_more(self):
        books = factories.host(
            residents=[factories.resident('g-0', vm='theirs')]
        )
        data = json.loads(books.to_json())
        data.update(version='1.17', news={'x': [1]})
        self.assertEqual(books, read(json.dumps(data)))

    def test_an_earlier_minor_version_says_less(self):
        books = factories.host()
        data = json.loads(books.to_json())
        data['version'] = '1.0'
        for row in data['models']:
            self.assertEqual(5, len(row))
        self.assertEqual(books, read(json.dumps(data)))

    @ddt.data(
        'version', 'models', 'mixes', 'groups', 'offers', 'pgpus',
        'residents', 'claims',
    )  # fmt: skip
    def test_a_dropped_key(self, key):
        data = json.loads(factories.host().to_json())
        del data[key]
        self._refused(json.dumps(data))

    @ddt.data(
        (('pgpus', 0, 1), 1),
        (('pgpus', 0, 1), -1),
        (('pgpus', 0, 3), 1),
        (('pgpus', 0, 3), 0.0),
        (('offers', 0, 0), 3),
        (('offers', 0, 0), -1),
        (('models', 0, 0), 7),
        (('models', 0, 1), None),
        (('models', 0, 2), '1'),
        (('models', 0, 2), 0),
        (('models', 0, 3), float('inf')),
        (('models', 0, 4), []),
        (('models', 0), 'abcde'),
        (('models', 0), ['i', 'name', 1, 4, 0, [9]]),
        (('models', 0), ['i', 'name', 1, 4, 0, 9]),
        (('groups', 0), 'ab'),
        (('groups', 0, 1), 'random'),
        (('residents', 0, 0), 2),
        (('residents', 0, 1), -1),
        (('residents', 0, 2), 5),
        (('residents', 0, 2), [5]),
        (('claims', 0, 0), None),
        (('claims', 0, 1), 3),
        (('claims', 0, 2), -2),
        (('claims', 0, 2), -1),
        (('claims', 0), ['me', 0, 0, 9]),
        (('claims', 0), ['me', 0, 0, -1]),
        (('claims', 0), ['me', -1, -1]),
        (('claims', 0), ['me', 0]),
        (('mixes',), [[0, 9]]),
        (('mixes',), [0]),
    )
    @ddt.unpack
    def test_wrong_parts(self, path, value):
        books = factories.host(residents=[factories.resident('g-0')])
        data = json.loads(books.claim('me', factories.asks(small=1)).to_json())
        inside(data, path[:-1])[path[-1]] = value
        self._refused(json.dumps(data))

    def _read_or_refused(self, text):
        try:
            books = read(text)
        except capacity.InvalidVGPUs as error:
            self.assertNotIn('\n', str(error))
        else:
            self.assertEqual(books, read(books.to_json()))
            self.assertGreaterEqual(min(books.free.values(), default=0), 0)

    @hypothesis.given(strategies.JSON_VALUES)
    def test_any_value(self, value):
        self._refused(json.dumps(value))

    @hypothesis.given(st.text() | st.binary())
    def test_any_text(self, text):
        self._refused(text)

    @hypothesis.given(texts(), st.data(), strategies.JSON_VALUES)
    @hypothesis.settings(
        max_examples=5000 if strategies.PROFILE == 'long' else 400
    )
    def test_any_change(self, data, draw, value):
        data = copy.deepcopy(data)
        *path, last = draw.draw(st.sampled_from(sorted(spots(data), key=str)))
        if draw.draw(st.booleans()):
            inside(data, path)[last] = value
        else:
            del inside(data, path)[last]
        self._read_or_refused(json.dumps(data))
