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

"""What the demo reads in the files of the cloud."""

import re

from nova_vgpu_ext.sandbox import config

_SCHEDULER = re.compile(r'(nova_vgpu_ext\.scheduler\S*) \[.*?\] (.*)')


def enabled_filters(layout):
    """Names of the scheduler's filters, as nova.conf has them."""
    section = config.read(layout)['filter_scheduler']
    return section['enabled_filters'].split(',')


def scheduler_log(layout, instance):
    """What our part of the scheduler said about an instance, in lines.

    :param instance: its uuid
    """
    matches = (
        _SCHEDULER.search(line)
        for line in layout.log.read_text().splitlines()
        if instance in line
    )
    return [': '.join(match.groups()) for match in matches if match]
