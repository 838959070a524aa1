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

"""Claims and releases: which vGPU is whose, and in which group."""

import dataclasses

import ddt
from oslotest import base

from nova_vgpu_ext import capacity
from nova_vgpu_ext import names
from nova_vgpu_ext import request
from tests.unit import factories

asks = factories.asks
groups_of = factories.groups_of
resident = factories.resident
KEY = names.canonical_key('GRID small')


def claim(owner, group, model=factories.SMALL):
    key = names.canonical_key(model.name)
    return capacity.Claim(owner, key, model.identifier, group)


def anew(books, **changes):
    """The host as a new snapshot shows it, nothing claimed."""
    return dataclasses.replace(books, claims=(), **changes)


class ClaimTestCase(base.BaseTestCase):
    def test_claims_where_it_fits_best(self):
        books = factories.host(
            ('a', 'b'), 1, residents=[resident('b-0')]
        ).claim('me', asks(small=2))
        self.assertEqual([claim('me', 'b')] * 2, list(books.claims))

    def test_what_runs_keeps_its_group(self):
        books = factories.host(
            ('a', 'b'), 1, residents=[resident('b-0', owner='me')]
        ).claim('me', asks(small=1))
        self.assertEqual((claim('me', 'b'),), books.claims)
        self.assertEqual((), books.pending)

    def test_the_rest_goes_where_it_fits_beside_what_runs(self):
        running = [
            resident('a-0', factories.HALF, 'me'),
            resident('b-0', factories.WHOLE, 'you'),
        ]
        books = factories.host(('a', 'b', 'c'), 1, residents=running)
        books = books.claim('me', asks(half=2))
        self.assertEqual(['a', 'a'], groups_of(books, 'me'))

    def test_all_of_the_rest_is_claimed(self):
        running = [resident('g-0', owner='me')]
        books = factories.host(residents=running).claim('me', asks(small=3))
        self.assertEqual(['g'] * 3, groups_of(books, 'me'))

    def test_claims_even_what_does_not_fit(self):
        books = factories.host().claim('me', asks(passthrough=3))
        self.assertEqual(['g'] * 3, groups_of(books, 'me'))
        self.assertEqual(0, books.free_of(KEY))

    def test_what_runs_is_not_claimed_twice(self):
        running = [resident('a-0'), resident('b-0', owner='me')]
        books = factories.host(
            ('a', 'b'), 1, residents=running, claims=[claim('me', 'a')]
        ).claim('me', asks(small=1))
        self.assertEqual(['a', 'a'], groups_of(books, 'me'))

    def test_a_model_held_back_stays_with_who_has_it(self):
        held = [factories.SMALL._replace(offered=False)]
        books = factories.host(models=held).claim('me', asks(small=1))
        self.assertEqual((claim('me', 'g'),), books.claims)
        self.assertEqual((), books.shortages)

    def test_a_vanished_model_is_claimed_nowhere(self):
        books = factories.host().claim('me', asks(gone=1))
        key = names.canonical_key('GRID gone')
        self.assertEqual((capacity.Claim('me', key),), books.claims)
        self.assertEqual(
            (capacity.Shortage(key, '', (), ()),), books.shortages
        )

    def test_passthrough_alone_takes_a_card_that_is_free(self):
        other = factories.WHOLE._replace(identifier='other', name='other')
        books = capacity.HostVGPUs(
            [factories.WHOLE, other],
            [capacity.Group('a'), capacity.Group('b')],
            [
                capacity.PGPU('1', 'a', 4, frozenset(['other'])),
                capacity.PGPU('2', 'b', 4, frozenset(['0001:whole'])),
            ],
        ).claim('me', asks(passthrough=2))
        self.assertEqual(
            {('other', 'a'), ('0001:whole', 'b')},
            {(c.model, c.group) for c in books.claims},
        )


@ddt.ddt
class ClaimAnewTestCase(base.BaseTestCase):
    """Books made anew, with the former ones at hand."""

    def test_pending_claims_keep_their_groups(self):
        former = factories.host(
            ('a', 'b'), 1, claims=[claim('me', 'a'), claim('me', 'b')]
        )
        books = anew(former).claim('me', asks(small=2), like=former)
        self.assertEqual(former, books)

    def test_some_run_and_some_are_pending(self):
        former = factories.host(
            ('a', 'b'),
            1,
            residents=[resident('a-0', owner='me')],
            claims=[claim('me', 'a'), claim('me', 'b')],
        )
        books = anew(former).claim('me', asks(small=2), like=former)
        self.assertEqual(former, books)

    def test_the_rest_goes_where_it_fits_beside_pending_claims(self):
        whole = claim('me', 'a', factories.WHOLE)
        former = factories.host(('a', 'b'), 1, claims=[whole])
        wanted = request.VGPURequest.of(
            {'GRID half': 2, 'GRID passthrough': 1}
        )
        books = anew(former).claim('me', wanted, like=former)
        self.assertEqual(1, groups_of(books, 'me').count('a'))
        self.assertEqual((), books.shortages)

    def test_without_former_books_they_go_where_it_fits_best(self):
        former = factories.host(
            ('a', 'b'), 1, claims=[claim('me', 'a'), claim('me', 'b')]
        )
        books = anew(former).claim('me', asks(small=2))
        self.assertEqual(['a', 'a'], groups_of(books, 'me'))

    @ddt.data(('a', 'b'), ('b', 'a'))
    @ddt.unpack
    def test_of_two_claims_the_one_that_runs_is_kept(self, first, second):
        former = factories.host(
            ('a', 'b'),
            1,
            residents=[resident(f'{first}-0', owner='me')],
            claims=[claim('me', first), claim('me', second)],
        )
        books = anew(former)
        for _ in range(2):
            books = books.claim('me', asks(small=1), like=former)
        self.assertEqual(former, books)

    def test_what_runs_is_left_to_the_claim_that_wants_it_there(self):
        """A resize between two names of one model, on one host."""
        by_second_name = names.canonical_key('0001-small')
        former = factories.host(
            ('a', 'b'),
            1,
            residents=[resident('a-0', owner='me')],
            claims=[
                claim('me', 'a'),
                claim('me', 'b')._replace(key=by_second_name),
            ],
        )
        books = anew(former)
        for name in ('0001-small', 'GRID small'):
            wanted = request.VGPURequest.of({name: 1})
            books = books.claim('me', wanted, like=former)
        self.assertEqual(former, books)

    def test_what_runs_elsewhere_is_claimed_there(self):
        former = factories.host(('a', 'b'), 1, claims=[claim('me', 'a')])
        seen = anew(former, residents=(resident('b-0', owner='me'),))
        books = seen.claim('me', asks(small=1), like=former)
        self.assertEqual(['b'], groups_of(books, 'me'))

    def test_what_runs_is_kept_under_a_new_name(self):
        running = [resident('a-0'), resident('b-0', owner='me')]
        former = factories.host(('a', 'b'), 1, residents=running)
        former = former.claim('me', asks(small=1))
        wanted = request.VGPURequest.of({'0001-small': 1})
        books = anew(former).claim('me', wanted, like=former)
        self.assertEqual(['b'], groups_of(books, 'me'))

    def test_a_vanished_group_is_given_up(self):
        former = factories.host(('a', 'b'), 1, claims=[claim('me', 'a')])
        books = factories.host(('b',), 1)
        books = books.claim('me', asks(small=1), like=former)
        self.assertEqual(['b'], groups_of(books, 'me'))

    def test_a_model_that_vanished_from_its_group_is_given_up(self):
        former = factories.host(('a', 'b'), 1, claims=[claim('me', 'a')])
        pgpus = (
            former.pgpus[0]._replace(models=frozenset(['0001:half'])),
            former.pgpus[1],
        )
        books = anew(former, pgpus=pgpus)
        books = books.claim('me', asks(small=1), like=former)
        self.assertEqual(['b'], groups_of(books, 'me'))


@ddt.ddt
class ReleaseTestCase(base.BaseTestCase):
    def test_release_of_all(self):
        books = factories.host(
            residents=[resident('g-0', owner='me'), resident('g-0')],
            claims=[claim('me', 'g'), claim('you', 'g')],
        ).release('me')
        self.assertEqual((resident('g-0'),), books.residents)
        self.assertEqual((claim('you', 'g'),), books.claims)

    def test_release_takes_effect_at_once(self):
        books = factories.host(
            residents=[resident('g-0', factories.WHOLE, 'me')],
            claims=[claim('me', 'g', factories.WHOLE)],
        )
        wanted = asks(passthrough=2)
        self.assertFalse(books.fits(wanted))
        self.assertTrue(books.release('me').fits(wanted))

    def test_release_of_what_is_not_there(self):
        books = factories.host(claims=[claim('me', 'g')])
        self.assertEqual(books, books.release('you'))
        self.assertEqual(books, books.release('me', asks(half=1)))
        released = books.release('me', asks(small=1))
        self.assertEqual(released, released.release('me', asks(small=1)))

    def test_release_of_a_part(self):
        books = factories.host(
            residents=[resident('g-0', owner='me')] * 2,
            claims=[
                claim('me', 'g'),
                claim('me', 'g'),
                claim('me', 'g', factories.HALF),
            ],
        ).release('me', asks(small=1, half=1))
        self.assertEqual((claim('me', 'g'),), books.claims)
        self.assertEqual((resident('g-0', owner='me'),), books.residents)

    @ddt.data('a', 'b')
    def test_what_is_left_is_where_the_vm_is_started(self, running):
        """A resize on the same host, confirmed or reverted.

        Old and new flavor ask for the same; of the VM the last snapshot
        may show the old place.
        """
        books = factories.host(
            ('a', 'b'),
            1,
            residents=[resident(f'{running}-0', owner='me')],
            claims=[claim('me', 'a'), claim('me', 'b')],
        )
        [(_, group)] = books.assignment('me', asks(small=1))
        books = books.release('me', asks(small=1))
        self.assertEqual([group], groups_of(books, 'me'))
        self.assertEqual(3, books.gpu_groups[group].free('0001:small'))


@ddt.ddt
class PendingTestCase(base.BaseTestCase):
    @ddt.data(('a', 'b'), ('b', 'a'))
    @ddt.unpack
    def test_the_claim_in_whose_group_it_runs(self, running, waiting):
        books = factories.host(
            ('a', 'b'),
            1,
            residents=[resident(f'{running}-0', owner='me')],
            claims=[claim('me', 'a'), claim('me', 'b')],
        )
        self.assertEqual((claim('me', waiting),), books.pending)

    def test_an_instance_counts_once_wherever_it_runs(self):
        books = factories.host(
            ('a', 'b'),
            1,
            residents=[resident('b-0', owner='me')],
            claims=[claim('me', 'a')],
        )
        self.assertEqual((), books.pending)

    def test_another_model_that_runs_elsewhere_is_no_match(self):
        half = claim('me', 'a', factories.HALF)
        books = factories.host(
            ('a', 'b'),
            1,
            residents=[resident('b-0', owner='me')],
            claims=[half, claim('me', 'a')],
        )
        self.assertEqual((half,), books.pending)

    def test_matched_per_model_and_owner(self):
        books = factories.host(
            residents=[resident('g-0', owner='me'), resident('g-0')],
            claims=[
                claim('me', 'g', factories.HALF),
                claim('me', 'g'),
                claim('me', 'g'),
                claim('you', 'g'),
            ],
        )
        self.assertEqual(
            {
                claim('me', 'g', factories.HALF),
                claim('me', 'g'),
                claim('you', 'g'),
            },
            set(books.pending),
        )


class AssignmentTestCase(base.BaseTestCase):
    def test_as_claimed(self):
        books = factories.host(
            ('a', 'b'), 1, claims=[claim('me', 'b'), claim('me', 'a')]
        )
        self.assertEqual(
            (('0001:small', 'a'), ('0001:small', 'b')),
            books.assignment('me', asks(small=2)),
        )

    def test_in_device_order(self):
        books = factories.host().claim('me', asks(small=1, half=1))
        self.assertEqual(
            (('0001:half', 'g'), ('0001:small', 'g')),
            books.assignment('me', asks(small=1, half=1)),
        )

    def test_chosen_now_without_a_claim(self):
        books = factories.host(claims=[claim('me', 'g')])
        self.assertEqual(
            (('0001:half', 'g'),), books.assignment('me', asks(half=1))
        )
        self.assertIsNone(books.assignment('me', asks(gone=1)))

    def test_claims_nowhere_are_chosen_now(self):
        books = factories.host(
            claims=[capacity.Claim('me', names.canonical_key('GRID small'))]
        )
        self.assertEqual(
            (('0001:small', 'g'),), books.assignment('me', asks(small=1))
        )

    def test_of_nothing(self):
        self.assertEqual((), factories.host().assignment('me', asks()))


class ShortageTestCase(base.BaseTestCase):
    def test_names_what_is_in_the_way(self):
        books = factories.host(
            pgpus=1,
            residents=[resident('g-0', factories.WHOLE, vm='theirs')],
            claims=[claim('me', 'g')],
        )
        self.assertEqual(
            (capacity.Shortage('GRID small', 'g', ('g-0',), ('theirs',)),),
            books.shortages,
        )
        self.assertEqual(0, books.free_of(KEY))

    def test_in_a_group_whose_pgpus_are_gone(self):
        books = factories.host(pgpus=0, claims=[claim('me', 'g')])
        self.assertEqual(
            (capacity.Shortage('GRID small', 'g', (), ()),), books.shortages
        )

    def test_none_of_foreign_vms(self):
        books = factories.host(
            ('a', 'b'),
            1,
            residents=[
                resident('a-0', factories.WHOLE),
                resident('a-0', factories.SMALL),
            ],
            claims=[claim('me', 'b')],
        )
        self.assertEqual((), books.shortages)
