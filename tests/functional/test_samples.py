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

"""The sample files are made of the code, and name all that there is."""

import pathlib
import re
import subprocess
import sys

import fixtures
from oslotest import base

from nova_vgpu_ext import conf
from nova_vgpu_ext import policies
from nova_vgpu_ext.virt.xenapi import conf as xenserver_conf

ETC = pathlib.Path(__file__).parents[2] / 'etc' / 'nova-vgpu-ext'
LINE = re.compile(r'^(?:\[(?P<group>.+)\]|#(?P<option>\w+) = ?.*)$')
RULE = re.compile(r'^#"([^"]+)": ', re.MULTILINE)


class SamplesTest(base.BaseTestCase):
    """By the package's entry points, as it is installed."""

    def made(self, program, settings):
        """The text that a generator makes."""
        path = pathlib.Path(self.useFixture(fixtures.TempDir()).path, 'sample')
        subprocess.run(
            [
                pathlib.Path(sys.executable).with_name(program),
                *('--config-file', ETC / settings, '--output-file', path),
            ],
            check=True,
        )
        return path.read_text()

    def test_options(self):
        expected = {
            (getattr(group, 'name', group), option.dest)
            for module in (conf, xenserver_conf)
            for group, options in module.list_opts()
            for option in options
        }
        found, group = set(), None
        text = self.made('oslo-config-generator', 'config-generator.conf')
        for line in filter(None, map(LINE.match, text.splitlines())):
            group = line['group'] or group
            if line['option']:
                found.add((group, line['option']))
        self.assertEqual(expected, found)

    def test_policies(self):
        text = self.made(
            'oslopolicy-sample-generator', 'policy-generator.conf'
        )
        names = [rule.name for rule in policies.list_rules()]
        self.assertEqual(sorted(names), sorted(RULE.findall(text)))
