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


from unittest import mock

import sqlalchemy as sa
from nova.db.main import models as nova_models
from oslotest import base
from sqlalchemy import orm
from sqlalchemy.dialects import mysql

from nova_vgpu_ext.db import models


def _unchanged_model():
    """A stand-in for Nova's model, which other tests may have changed."""

    class ComputeNode(orm.declarative_base()):
        __tablename__ = 'compute_nodes'
        id = sa.Column(sa.Integer, primary_key=True)

    return mock.patch.object(nova_models, 'ComputeNode', ComputeNode)


class TestAddColumn(base.BaseTestCase):
    def test_adds_a_nullable_text(self):
        with _unchanged_model():
            models.add_column()
            column = nova_models.ComputeNode.__table__.columns['vgpus']
        self.assertEqual('TEXT', column.type.compile(mysql.dialect()))
        self.assertTrue(column.nullable)

    def test_mapper_knows_it(self):
        with _unchanged_model():
            models.add_column()
            query = str(sa.select(nova_models.ComputeNode))
        self.assertIn('compute_nodes.vgpus', query)

    def test_second_time_changes_nothing(self):
        with _unchanged_model():
            models.add_column()
            column = nova_models.ComputeNode.__table__.columns['vgpus']
            models.add_column()
            self.assertIs(
                column, nova_models.ComputeNode.__table__.columns['vgpus']
            )
