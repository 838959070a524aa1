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
from oslo_db import exception as db_exc
from oslotest import base
from sqlalchemy import exc as sqla_exc

from nova_vgpu_ext.db import urls

URL = 'mysql+pymysql://nova:s3cret@db1:3306/nova?charset=utf8'


class DriverError(Exception):
    """Stands for what a database's driver raises."""


def _db_error(text):
    original = DriverError(text)
    return db_exc.DBError(sqla_exc.OperationalError('', {}, original))


@ddt.ddt
class TestPlace(base.BaseTestCase):
    @ddt.data(
        (URL, 'mysql+pymysql://db1:3306/nova'),
        ('sqlite:////var/lib/nova.db', 'sqlite:////var/lib/nova.db'),
        ('postgresql://nova@[::1]/nova', 'postgresql://[::1]/nova'),
        ('mysql://nova:pass@word@db1/nova', 'mysql://db1/nova'),
        ('mysql://nova:pass@wo:rd@db1/nova', ''),
        ('not a url', ''),
    )
    @ddt.unpack
    def test_shows_where_and_nothing_else(self, url, expected):
        self.assertEqual(expected, urls.place(url))


@ddt.ddt
class TestReason(base.BaseTestCase):
    def test_first_line_of_what_the_driver_says(self):
        error = _db_error('Connection refused.\nIs the server running?')
        self.assertEqual('Connection refused', urls.reason(error, URL))

    def test_error_without_a_driver(self):
        error = ImportError("No module named 'MySQLdb'")
        self.assertEqual("No module named 'MySQLdb'", urls.reason(error, URL))

    def test_error_without_a_text(self):
        self.assertEqual(
            'AssertionError()', urls.reason(AssertionError(), URL)
        )

    @ddt.data(
        ('mysql://nova:s3cret@db1/nova', "no login with 's3cret'"),
        ('mysql://nova:s3%40cret@db1/nova', 'no login with s3@cret'),
        ('mysql://nova:s3%40cret@db1/nova', 'no login with s3%40cret'),
        ('mysql://nova:pass@s3cret@db1/nova', 'no host s3cret@db1'),
        ('mysql://nova:pass@wo:s3cret@db1/nova', "no number: 's3cret@db1'"),
    )
    @ddt.unpack
    def test_hides_the_password(self, url, text):
        reason = urls.reason(_db_error(text), url)
        self.assertNotIn('cret', reason)
        self.assertTrue(reason.startswith('no ') or 'no valid' in reason)
