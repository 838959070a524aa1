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

"""The column ``vgpus`` on Nova's model of a compute node."""

import sqlalchemy as sa
from nova.db.main import models

from nova_vgpu_ext.db import column

COLUMN = 'vgpus'


def add_column():
    """Give Nova's ComputeNode model the nullable Text column ``vgpus``.

    From then on each query of compute nodes in this process names the column,
    so the databases must have it first. Calling it again changes nothing.
    """
    if COLUMN not in models.ComputeNode.__table__.columns:
        text = sa.Column(column.VGPUsText, nullable=True)
        setattr(models.ComputeNode, COLUMN, text)
