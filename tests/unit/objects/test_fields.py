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

"""The field that carries a host's books."""

import ddt
from oslo_versionedobjects import base as ovo
from oslo_versionedobjects import fields as ovo_fields
from oslotest import base

from nova_vgpu_ext import capacity
from nova_vgpu_ext.objects import fields
from tests.unit import factories


class Holder(ovo.VersionedObject):
    """Registered nowhere."""

    fields = {
        'books': fields.VGPUsField(nullable=True),
        'needed': fields.VGPUsField(),
        'other': ovo_fields.IntegerField(),
    }


ovo._make_class_properties(Holder)


@ddt.ddt
class VGPUsFieldTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.books = factories.host()

    def test_books_are_taken_as_they_are(self):
        self.assertIs(self.books, Holder(books=self.books).books)

    def test_text_is_read(self):
        self.assertEqual(self.books, Holder(books=self.books.to_json()).books)

    def test_none_where_it_may_be(self):
        self.assertIsNone(Holder(books=None).books)
        self.assertRaises(ValueError, Holder, needed=None)

    @ddt.data('', '{garbage', '[]', '{"version": "9.0"}')
    def test_text_of_something_else_is_refused(self, text):
        self.assertRaises(capacity.InvalidVGPUs, Holder, books=text)

    @ddt.data(1, {}, {'GRID small': 8}, b'{}')
    def test_other_values_are_refused(self, value):
        error = self.assertRaises(ValueError, Holder, books=value)
        self.assertIn('books takes HostVGPUs or its text', str(error))

    def test_primitive_is_the_text(self):
        holder = Holder(books=self.books)
        primitive = holder.obj_to_primitive()['versioned_object.data']
        self.assertEqual(self.books.to_json(), primitive['books'])

    def test_text_for_logs_is_what_is_free(self):
        self.assertIn(
            "books={'GRID half': 4, 'GRID passthrough': 2, 'GRID small': 8}",
            repr(Holder(books=self.books)),
        )
