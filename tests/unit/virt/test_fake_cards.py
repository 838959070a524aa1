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

import ddt

from nova_vgpu_ext.virt import card_definitions
from nova_vgpu_ext.virt import fake_cards
from tests.unit.virt import base

# pGPUs on a board, and vGPUs of each model on one pGPU: NVIDIA's figures.
SHIPPED = {
    'GRID K1': (4, {
        'GRID K100': 8, 'GRID K120Q': 8, 'GRID K140Q': 4, 'GRID K160Q': 2,
        'GRID K180Q': 1, 'GRID K1 passthrough': 1,
    }),
    'GRID K2': (2, {
        'GRID K200': 8, 'GRID K240Q': 4, 'GRID K260Q': 2,
        'GRID K2 passthrough': 1,
    }),
    'NVIDIA A16': (4, {
        'NVIDIA A16-1B': 16, 'NVIDIA A16-2B': 8, 'NVIDIA A16-1Q': 16,
        'NVIDIA A16-2Q': 8, 'NVIDIA A16-4Q': 4, 'NVIDIA A16-8Q': 2,
        'NVIDIA A16-16Q': 1, 'NVIDIA A16-1A': 16, 'NVIDIA A16-4C': 4,
        'NVIDIA A16-16C': 1, 'NVIDIA A16 passthrough': 1,
    }),
    'NVIDIA A40': (1, {
        'NVIDIA A40-1Q': 32, 'NVIDIA A40-2Q': 24, 'NVIDIA A40-4Q': 12,
        'NVIDIA A40-8Q': 6, 'NVIDIA A40-12Q': 4, 'NVIDIA A40-16Q': 3,
        'NVIDIA A40-24Q': 2, 'NVIDIA A40-48Q': 1,
        'NVIDIA A40 passthrough': 1,
    }),
    'Made-Up Mixed-24': (2, {
        'Mixed 24-4': 6, 'Mixed 24-8': 3, 'Mixed 24-12': 2, 'Mixed 24-24': 1,
        'Mixed 24-Desktop': 3, 'Made-Up Mixed-24 passthrough': 1,
    }),
}  # fmt: skip

# (content, part of the sentence)
MISTAKES = {
    'not_yaml': ('cards: [', 'it is not YAML'),
    'impossible_date': ('cards: 2020-13-45', 'it is not YAML'),
    'no_mapping': ('- card: GRID K2', 'the file must be a mapping'),
    'unknown_key': ('card: []', "the file has the unknown key 'card': it may"),
    'key_twice': ('cards: []\ncards: []', "key 'cards' is there twice"),
    'no_text_as_key': ('1: x', 'the file has the key 1: put it in quotes'),
    'cards_no_list': ('cards: {card: GRID K2}', 'must be a list'),
    'card_no_mapping': ('cards: [GRID K2]', 'card 1 must be a mapping'),
    'card_unknown_key': (
        'cards: [{card: GRID K2, cout: 2}]',
        "card 1 has the unknown key 'cout'",
    ),
    'card_unknown': (
        'cards: [{card: GRID K3}]',
        "card 1 is the unknown 'GRID K3': take one of GRID K1, GRID K2",
    ),
    'card_missing': ('cards: [{count: 2}]', "card 1 needs a text for 'card'"),
    'count_zero': (
        'cards: [{card: GRID K2, count: 0}]',
        "card 1 needs a positive whole number for 'count', not 0",
    ),
    'count_true': ('cards: [{card: GRID K2, count: true}]', 'not True'),
    'too_many': ('cards: [{card: GRID K2, count: 128}]', '256 pGPUs together'),
    'mixed_group': (
        'cards: [{card: GRID K1, group: g}, {card: GRID K2, group: g}]',
        "group 'g' has cards of the kinds 'GRID K1' and 'GRID K2'",
    ),
    'group_unused': (
        'cards: [{card: GRID K2}]\ngroups: {g: {}}',
        "group 'g' has no card",
    ),
    'groups_no_mapping': ('groups: [g]', "'groups' must be a mapping"),
    'group_unknown_key': (
        'cards: [{card: GRID K2, group: g}]\ngroups: {g: {algo: x}}',
        "group 'g' has the unknown key 'algo'",
    ),
    'algorithm': (
        'cards: [{card: GRID K2, group: g}]\ngroups: {g: {algorithm: widest}}',
        "needs one of depth_first, breadth_first for 'algorithm'",
    ),
}

# What a definition may have wrong, and a part of the sentence
BAD_DEFINITIONS = {
    'unknown_key': ('{gpus: 1}', "definition 'C' has the unknown key 'gpus'"),
    'no_pgpus': ('{pgpus: 0}', "positive whole number for 'pgpus'"),
    'size_zero': ('{size: 0}', "positive whole number for 'size'"),
    'size_negative': ('{size: -1}', 'not -1'),
    'size_text': ('{size: big}', "not 'big'"),
    'passthrough': ('{passthrough: 1}', 'needs true or false'),
    'nothing': ('{passthrough: false}', 'offers nothing: give it models'),
    'models_no_list': ('{models: 4}', "'models' of definition 'C' must be"),
    'model_no_mapping': ('{models: [M]}', 'model 1 of definition'),
    'model_unknown_key': ('{models: [{nam: M}]}', "the unknown key 'nam'"),
    'model_nameless': ('{models: [{size: 1}]}', "a text for 'name'"),
    'model_number': ('{models: [{name: 4, size: 1}]}', 'put it in quotes'),
    'model_twice': (
        '{models: [{name: M, size: 1}, {name: M, size: 2}]}',
        "definition 'C' has model 'M' twice: remove one",
    ),
    'model_as_passthrough': (
        '{models: [{name: C passthrough, size: 1}]}',
        "model 'C passthrough' twice",
    ),
    'model_sizeless': ('{models: [{name: M}]}', 'needs a size, a limit, or'),
    'model_size_zero': ('{models: [{name: M, size: 0}]}', 'not 0'),
    'model_size_negative': ('{models: [{name: M, size: -2}]}', 'not -2'),
    'model_limit_zero': ('{models: [{name: M, limit: 0}]}', 'not 0'),
    'model_too_big': (
        '{size: 4, models: [{name: M, size: 5}]}',
        'its size must be from 1 to that of the pGPU, 4',
    ),
    'model_too_many': ('{size: 4, models: [{name: M, limit: 5}]}', 'not fit'),
    'identifier_twice': (
        '{models: [{name: M, size: 1, identifier: i}, '
        '{name: N, size: 1, identifier: i}]}',
        "two models have the identifier 'i': change one",
    ),
    'mix_unknown': (
        '{models: [{name: M, size: 1}], mixes: [[M, N]]}',
        "mix 1 of definition 'C' names 'N', which is none of its models",
    ),
    'mix_passthrough': ('{mixes: [[C passthrough]]}', 'none of its models'),
    'mix_twice': (
        '{models: [{name: M, size: 1}], mixes: [[M], [M]]}',
        "mix 2 of definition 'C' names 'M' once more",
    ),
    'mix_twice_in_one': (
        '{models: [{name: M, size: 1}], mixes: [[M, M]]}',
        "mix 1 of definition 'C' names 'M' once more",
    ),
    'mix_no_text': ('{mixes: [[[M]]]}', 'put it in quotes'),
    'mixes_no_list': ('{mixes: [M]}', 'must be a list'),
}


@ddt.ddt
class ShippedCardsTest(base.FakeHostTestCase):
    def test_all_are_known_here(self):
        self.assertEqual(set(SHIPPED), set(card_definitions.shipped()))

    @ddt.data(*SHIPPED)
    def test_counts(self, name):
        pgpus, limits = SHIPPED[name]
        card = card_definitions.shipped()[name]
        self.assertEqual(pgpus, card.pgpus)
        self.assertEqual(limits, {t.name: t.limit for t in card.types})

    @ddt.data(*SHIPPED)
    def test_size_allows_the_count(self, name):
        card = card_definitions.shipped()[name]
        for one in card.types:
            self.assertGreaterEqual(card.size // one.size, one.limit)

    @ddt.data('grid-k1', 'grid-k2', 'a16', 'a40', 'mixed-24')
    def test_each_file_is_a_host_with_one_board(self, name):
        host = fake_cards.load(self.shipped_file(name))
        self.assertEqual(1, len(host.groups))
        (card,) = (
            card
            for card in card_definitions.shipped().values()
            if card.group in host.groups
        )
        self.assertEqual(card.pgpus, len(host.pgpus))

    def test_identifiers_differ(self):
        identifiers = [
            one.identifier
            for card in card_definitions.shipped().values()
            for one in card.types
        ]
        self.assertEqual(len(identifiers), len(set(identifiers)))

    def test_only_the_made_up_card_mixes(self):
        mixing = {
            one.name
            for card in card_definitions.shipped().values()
            for one in card.types
            if one.mixes
        }
        self.assertEqual({'Mixed 24-4', 'Mixed 24-8', 'Mixed 24-12'}, mixing)


@ddt.ddt
class CardsFileTest(base.FakeHostTestCase):
    def load(self, text):
        return fake_cards.load(self.cards_file(text))

    def test_counts_and_groups(self):
        host = self.load("""
            cards:
              - {card: GRID K2, count: 2, group: a}
              - {card: GRID K2, group: b}
              - {card: NVIDIA A40}
            groups:
              b: {algorithm: breadth_first}
        """)
        a40 = 'Group of NVIDIA Corporation GA102GL [A40] GPUs'
        self.assertEqual(
            {'a': 'depth_first', 'b': 'breadth_first', a40: 'depth_first'},
            host.groups,
        )
        self.assertEqual(
            ['a', 'a', 'a', 'a', 'b', 'b', a40],
            [pgpu.group for pgpu in host.pgpus.values()],
        )
        self.assertEqual('0000:01:00.0', min(host.pgpus))
        self.assertEqual(4 + 9, len(host.types))

    def test_own_definition_and_defaults(self):
        host = self.load("""
            cards: [{card: Mine}]
            definitions:
              Mine:
                models:
                  - {name: Half, limit: 2}
                  - {name: Third, size: 349525, limit: 2, identifier: x}
        """)
        half, third, whole = host.types.values()
        self.assertEqual((524288, 2), (half.size, half.limit))
        self.assertEqual('0001:Mine,Half', half.identifier)
        self.assertEqual((349525, 2), (third.size, third.limit))
        self.assertEqual('x', third.identifier)
        self.assertTrue(whole.passthrough)
        self.assertEqual({'Group of Mine GPUs': 'depth_first'}, host.groups)

    def test_own_definition_replaces_shipped_one(self):
        host = self.load("""
            cards: [{card: GRID K2}]
            definitions: {GRID K2: {pgpus: 3}}
        """)
        self.assertEqual(3, len(host.pgpus))

    def test_mixes_are_symmetric(self):
        types = fake_cards.load(self.shipped_file('mixed-24')).types
        for one in types.values():
            for other in one.mixes:
                self.assertIn(one.identifier, types[other].mixes)
            self.assertNotIn(one.identifier, one.mixes)

    @ddt.data('', '{}', 'cards:', 'cards: []')
    def test_no_cards(self, text):
        self.assertEqual(fake_cards.HostCards(), self.load(text))

    def refuses(self, text, sentence):
        error = self.assertRaises(fake_cards.InvalidCardsFile, self.load, text)
        self.assertIn(sentence, str(error))
        self.assertIn(self.directory, str(error))
        self.assertNotIn('\n', str(error))

    @ddt.data(*MISTAKES)
    def test_mistake(self, name):
        self.refuses(*MISTAKES[name])

    @ddt.data(*BAD_DEFINITIONS)
    def test_bad_definition(self, name):
        definition, sentence = BAD_DEFINITIONS[name]
        self.refuses(
            f'cards: [{{card: C}}]\ndefinitions: {{C: {definition}}}', sentence
        )

    def test_no_such_file(self):
        error = self.assertRaises(
            fake_cards.InvalidCardsFile, fake_cards.load, '/no/such.yaml'
        )
        self.assertEqual(
            'Cards file /no/such.yaml can not be used: there is no such '
            'file: correct the path.',
            str(error),
        )

    def test_not_readable(self):
        error = self.assertRaises(
            fake_cards.InvalidCardsFile, fake_cards.load, self.directory
        )
        self.assertIn('it can not be read', str(error))

    def test_not_text(self):
        path = self.cards_file('')
        with open(path, 'wb') as file:
            file.write(b'\xff\xfe\x00')
        self.assertRaises(fake_cards.InvalidCardsFile, fake_cards.load, path)
