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

"""Which file of the sandbox is where."""

import dataclasses
import pathlib


@dataclasses.dataclass(frozen=True)
class Layout:
    """The files in the directory of one sandbox."""

    root: pathlib.Path

    @property
    def nova_conf(self):
        return self.root / 'nova.conf'

    @property
    def nova_conf_d(self):
        """For settings of the user's own: read last, never written."""
        return self.root / 'nova.conf.d'

    @property
    def paste(self):
        return self.root / 'api-paste.ini'

    @property
    def placement_conf(self):
        return self.root / 'placement.conf'

    @property
    def clouds(self):
        return self.root / 'clouds.yaml'

    @property
    def hosts(self):
        return self.root / 'hosts.yaml'

    @property
    def images(self):
        return self.root / 'images.json'

    @property
    def image_files(self):
        """What is in the images."""
        return self.root / 'images'

    @property
    def pool(self):
        """The simulated XenServer pool, as it was at the last end."""
        return self.root / 'xenserver' / 'pool.json'

    @property
    def pool_disks(self):
        return self.root / 'xenserver' / 'disks'

    @property
    def log(self):
        return self.root / 'nova.log'

    @property
    def lock(self):
        return self.root / '.lock'

    @property
    def state(self):
        """Nova's state_path."""
        return self.root / 'state'

    def cards(self, host):
        """The cards file of a host."""
        return self.root / 'cards' / f'{host}.yaml'

    def database(self, name):
        """The URL of a database: api, cell0, cell1 or placement."""
        return f'sqlite:///{self.root}/{name}.db'
