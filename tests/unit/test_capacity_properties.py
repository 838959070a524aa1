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

import dataclasses

import hypothesis
from hypothesis import strategies as st
from oslotest import base

from nova_vgpu_ext import capacity
from nova_vgpu_ext import request
from tests.unit import reference
from tests.unit import strategies


@st.composite
def claimed_hosts(draw):
    """A host, with some claims that fit, some of them started."""
    books = draw(strategies.hosts(groups=2))
    hypervisor = reference.Hypervisor(books, draw(st.randoms()).choice)
    for owner in strategies.OWNERS[: draw(st.integers(0, 3))]:
        wanted = draw(strategies.requests(books))
        if books.fits(wanted):
            books = books.claim(owner, wanted)
            if draw(st.booleans()):
                hypervisor.start(owner, books.assignment(owner, wanted))
    return dataclasses.replace(books, residents=hypervisor.residents())


def one_of(model, count=1):
    return request.VGPURequest.of({model: count})


class FreeTestCase(base.BaseTestCase):
    @hypothesis.given(claimed_hosts())
    def test_as_many_are_free_as_single_claims_succeed(self, books):
        for row in books.rows:
            now, count = books, 0
            while now.fits(one_of(row.model)):
                now = now.claim(f'new-{count}', one_of(row.model))
                count += 1
                self.assertEqual(row.free - count, now.free[row.model])
            self.assertEqual(row.free, count)

    @hypothesis.given(claimed_hosts())
    def test_as_many_are_free_as_fit_at_once(self, books):
        for row in books.rows:
            for count in range(1, row.free + 2):
                wanted = one_of(row.model, count)
                self.assertEqual(count <= row.free, books.fits(wanted))
                self.assertEqual(
                    count <= row.free, books.choose(wanted) is not None
                )

    @hypothesis.given(claimed_hosts(), st.data())
    def test_a_claim_never_raises_what_is_free(self, books, data):
        wanted = data.draw(strategies.requests(books))
        after = books.claim('new', wanted)
        for row in books.rows:
            self.assertLessEqual(after.free[row.model], row.free)

    @hypothesis.given(strategies.books())
    def test_never_below_zero_whatever_the_books(self, books):
        for row in books.rows:
            self.assertGreaterEqual(row.free, 0)
            self.assertGreaterEqual(row.max, row.free)

    @hypothesis.given(strategies.hosts(groups=2, foreign=False))
    def test_an_empty_host_is_all_free(self, books):
        for row in books.rows:
            self.assertEqual((row.max, 0), (row.free, row.used))


class FitsTestCase(base.BaseTestCase):
    @hypothesis.given(claimed_hosts(), st.data())
    def test_what_fits_is_startable(self, books, data):
        wanted = data.draw(strategies.requests(books))
        if books.fits(wanted):
            self.assertTrue(books.startable(wanted))
            claimed = books.claim('new', wanted)
            self.assertCountEqual(
                books.assignment('new', wanted),
                claimed.assignment('new', wanted),
            )

    @hypothesis.given(claimed_hosts(), st.data())
    def test_what_fits_leaves_nothing_short(self, books, data):
        wanted = data.draw(strategies.requests(books))
        if books.fits(wanted):
            self.assertEqual((), books.claim('new', wanted).shortages)


class ReleaseTestCase(base.BaseTestCase):
    @hypothesis.given(claimed_hosts(), st.data())
    def test_claim_then_release_is_identity(self, books, data):
        wanted = data.draw(strategies.requests(books))
        claimed = books.claim('new', wanted)
        self.assertEqual(books, claimed.release('new'))
        self.assertEqual(books, claimed.release('new', wanted))
        self.assertEqual(books.free, claimed.release('new').free)

    @hypothesis.given(claimed_hosts(), st.data())
    def test_release_is_idempotent(self, books, data):
        owner = data.draw(st.sampled_from(strategies.OWNERS))
        once = books.release(owner)
        self.assertEqual(once, once.release(owner))
        self.assertNotIn(owner, {claim.owner for claim in once.claims})
        self.assertNotIn(owner, {r.owner for r in once.residents})

    @hypothesis.given(claimed_hosts(), st.data())
    def test_a_part_of_a_claim_can_be_released(self, books, data):
        old = data.draw(strategies.requests(books))
        new = data.draw(strategies.requests(books))
        both = books.claim('new', old).claim('new', new)
        left = both.release('new', old)
        self.assertEqual(
            sorted(new.keys()),
            sorted(c.key for c in left.claims if c.owner == 'new'),
        )
        self.assertEqual(books, left.release('new', new))


class AnyBooksTestCase(base.BaseTestCase):
    """Books that no hypervisor leads to are no reason to crash."""

    @hypothesis.given(strategies.books(), st.data())
    def test_every_question_has_an_answer(self, books, data):
        wanted = data.draw(strategies.requests(books))
        if books.fits(wanted):
            self.assertTrue(books.startable(wanted))
        claimed = books.claim('instance-a', wanted)
        claimed.assignment('instance-a', wanted)
        for now in (claimed, claimed.release('instance-b')):
            self.assertIsInstance(now.shortages, tuple)
            self.assertEqual(now, capacity.HostVGPUs.from_json(now.to_json()))

    @hypothesis.given(strategies.books(), strategies.hosts(groups=2))
    def test_claims_outlive_a_change_of_hardware(self, former, host):
        for owner in {claim.owner for claim in former.claims}:
            keys = [c.key for c in former.claims if c.owner == owner]
            wanted = request.VGPURequest(
                tuple((key, keys.count(key)) for key in sorted(set(keys)))
            )
            host = host.claim(owner, wanted, like=former)
        self.assertEqual(
            sorted((claim.owner, claim.key) for claim in former.claims),
            sorted((claim.owner, claim.key) for claim in host.claims),
        )
        self.assertIsInstance(host.shortages, tuple)
