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

"""Hosts of the fake driver: each nova-compute is its own hypervisor."""

import yaml

from nova_vgpu_ext.virt import fake_cards
from nova_vgpu_ext.virt import yaml_file


class FakeHosts:
    """Hosts whose GPUs stand in a cards file each.

    The VMs are kept by the driver, in Nova's state_path.
    """

    def __init__(self, layout):
        self._layout = layout

    def put(self, host, cards):
        """Write the cards file of a host.

        :param cards: what the hosts file says
        :raises yaml_file.Mistake: one sentence that says what is wrong
        """
        path = self._layout.cards(host)
        path.write_text(yaml.safe_dump(_cards_file(cards), sort_keys=False))
        try:
            fake_cards.load(path)
        except fake_cards.InvalidCardsFile as error:
            # The file is ours: its name would tell the user nothing.
            ours = f'Cards file {path} can not be used: '
            raise yaml_file.Mistake(str(error).removeprefix(ours)) from error

    def stages(self):
        """(title, function) of what must be started before Nova."""
        return ()

    def sections(self):
        """What nova.conf says of the driver: {section: {option: value}}."""
        return {'DEFAULT': {'compute_driver': 'vgpu_ext.FakeDriver'}}

    def options(self, host):
        """(name, value, group) of each option of one host alone."""
        yield 'fake_cards_file', str(self._layout.cards(host)), 'vgpus'

    def note(self):
        """What users should know of the running hypervisors."""
        return ''

    def stop(self):
        """There is nothing to stop."""


def _cards_file(cards):
    """The content of a cards file; what is wrong in it is found later."""
    if not isinstance(cards, list):
        return cards
    rows = [{'card': c} if isinstance(c, str) else c for c in cards]
    return {'cards': rows}
